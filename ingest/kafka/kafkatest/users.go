package kafkatest

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// addUsers gives the users their SCRAM credentials; PLAIN has them from the configuration.
func (c *Cluster) addUsers() error {
	if err := c.addSCRAM(1, sha256.New); err != nil {
		return fmt.Errorf("add users for SCRAM-SHA-256: %w", err)
	}
	if err := c.addSCRAM(2, sha512.New); err != nil {
		return fmt.Errorf("add users for SCRAM-SHA-512: %w", err)
	}
	return nil
}

func (c *Cluster) addSCRAM(mechanism int8, h func() hash.Hash) error {
	const iterations = 4096
	request := kmsg.NewPtrAlterUserSCRAMCredentialsRequest()
	for name, password := range c.options.Users {
		up := kmsg.NewAlterUserSCRAMCredentialsRequestUpsertion()
		up.Name, up.Mechanism, up.Iterations, up.Salt = name, mechanism, iterations, make([]byte, 16)
		rand.Read(up.Salt)
		salted, err := pbkdf2.Key(h, password, up.Salt, iterations, h().Size())
		if err != nil {
			return err
		}
		up.SaltedPassword = salted
		request.Upsertions = append(request.Upsertions, up)
	}
	if len(request.Upsertions) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), adminTimeout)
	defer cancel()
	made, err := request.RequestWith(ctx, c.admin)
	if err != nil {
		return err
	}
	for _, r := range made.Results {
		if err := kerr.ErrorForCode(r.ErrorCode); err != nil {
			return err
		}
	}
	return nil
}
