package kafkatest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
)

// ConsoleProduce runs the console producer of the Kafka distribution: each line of input becomes a
// record, with a key where there is a tab. Properties are the producer's, such as
// compression.type=zstd.
func (c *Cluster) ConsoleProduce(ctx context.Context, topic string, input io.Reader, properties ...string) error {
	java, classpath, err := installation()
	if err != nil {
		return err
	}
	args := []string{
		"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
		"-cp", classpath, "org.apache.kafka.tools.ConsoleProducer",
		"--bootstrap-server", strings.Join(c.brokers, ","), "--topic", topic,
		"--reader-property", "parse.key=true", "--reader-property", "ignore.error=true",
	}
	for _, p := range properties {
		args = append(args, "--command-property", p)
	}
	cmd := exec.CommandContext(ctx, java, args...)
	cmd.Stdin = input
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("console producer: %w: %s", err, out.Bytes()[max(0, out.Len()-1000):])
	}
	return nil
}
