package main

import (
	"os"

	"phdp/ingest/kafka"
)

// clusterFlags say how to reach a Kafka cluster. The password comes from the environment alone.
type clusterFlags struct {
	Brokers         []string `placeholder:"HOST:PORT" help:"Kafka brokers."`
	KafkaTLS        bool     `help:"Connect with TLS and the system's CAs; --kafka-ca and --kafka-cert imply it."`
	KafkaCA         string   `placeholder:"FILE" type:"path" help:"CA certificates (PEM) that are trusted instead of the system's."`
	KafkaCert       string   `placeholder:"FILE" type:"path" help:"Client certificate (PEM)."`
	KafkaKey        string   `placeholder:"FILE" type:"path" help:"Key of the client certificate (PEM)."`
	KafkaServerName string   `placeholder:"NAME" help:"Name in the brokers' certificates, when it is not the host's."`
	KafkaSASL       string   `placeholder:"MECHANISM" help:"plain, scram-sha-256 or scram-sha-512; the password is in PHDP_KAFKA_PASSWORD."`
	KafkaUser       string   `placeholder:"NAME" help:"User for SASL."`
}

// security is nil for a plain connection.
func (f *clusterFlags) security() (*kafka.Security, error) {
	cfg := kafka.SecurityConfig{
		TLS: f.KafkaTLS, CAFile: f.KafkaCA, CertFile: f.KafkaCert, KeyFile: f.KafkaKey, ServerName: f.KafkaServerName,
		Mechanism: f.KafkaSASL, User: f.KafkaUser, Password: kafka.Secret(os.Getenv("PHDP_KAFKA_PASSWORD")),
	}
	if cfg == (kafka.SecurityConfig{Password: cfg.Password}) {
		return nil, nil
	}
	return kafka.NewSecurity(cfg)
}
