package kafkatest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ErrUnavailable says that no real Kafka can be had here; its text says why.
var ErrUnavailable = errors.New("no real Kafka")

// prefix of our folders in the system's folder for temporary files; the process id follows.
const prefix = "phdp-kafka-"

// installation finds java and the jars that the script fetch has fetched.
func installation() (java, classpath string, err error) {
	if java, err = exec.LookPath("java"); err != nil {
		return "", "", fmt.Errorf("%w: java is not installed", ErrUnavailable)
	}
	dir := os.Getenv("PHDP_KAFKA_DIR")
	if dir == "" {
		root, err := repository()
		if err != nil {
			return "", "", fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		dir = filepath.Join(root, ".cache", "kafka")
	}
	jars := filepath.Join(dir, "jars")
	if found, _ := filepath.Glob(filepath.Join(jars, "kafka_2.13-*.jar")); len(found) == 0 {
		return "", "", fmt.Errorf("%w: its jars are not fetched, run ingest/kafka/kafkatest/fetch", ErrUnavailable)
	}
	return java, filepath.Join(jars, "*"), nil
}

// repository is the folder of go.mod, at or above the working folder.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no go.mod at or above %s", dir)
		}
	}
}

// freePorts finds n free ports on loopback, below those that the kernel gives to outgoing connections:
// a client that tries a stopped node's port again and again could otherwise be given that very port.
func freePorts(n int) ([]int, error) {
	var free []int
	for port := 15000 + os.Getpid()%500*30; port < 32000 && len(free) < n; port++ {
		l, err := net.Listen("tcp", local(port))
		if err != nil {
			continue
		}
		_ = l.Close()
		free = append(free, port)
	}
	if len(free) < n {
		return nil, errors.New("no free ports on loopback")
	}
	return free, nil
}

// sweep removes what test processes that died without a chance to clean up have left.
func sweep(temp string) {
	left, _ := filepath.Glob(filepath.Join(temp, prefix+"*"))
	for _, dir := range left {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), prefix), "-")
		pid, err := strconv.Atoi(owner)
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir)
		}
	}
}
