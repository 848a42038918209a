package kafka

import (
	"fmt"
	"log/slog"
)

// Secret is a password. It prints, logs and marshals as "[secret]"; its value takes a conversion.
type Secret string

const redacted = "[secret]"

// Format prints "[secret]" whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// String returns "[secret]".
func (Secret) String() string { return redacted }

// LogValue makes slog write "[secret]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText makes encoders write "[secret]".
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
