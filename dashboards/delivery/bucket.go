package delivery

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// bucket puts objects into an S3-compatible store, addressed by path (endpoint/bucket/key), which all of them know.
type bucket struct {
	client        *http.Client
	target        Target
	keyID, secret string
	now           func() time.Time
}

// Send puts the object. To put it again replaces it by itself.
func (b *bucket) Send(ctx context.Context, p Parcel) error {
	body, err := p.body()
	if err != nil {
		return err
	}
	place, err := url.JoinPath(b.target.Endpoint, b.target.Bucket, b.target.Prefix+p.Name)
	if err != nil {
		return fmt.Errorf("put object: %w", err)
	}
	rq, err := http.NewRequestWithContext(ctx, http.MethodPut, place, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("put object: %w", hide(err))
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	rq.Header.Set("Content-Type", p.ContentType)
	rq.Header.Set("X-Amz-Content-Sha256", hash)
	rq.Header.Set("X-Amz-Meta-Idempotency-Key", p.Key)
	region := b.target.Region
	if region == "" {
		region = "us-east-1"
	}
	who := aws.Credentials{AccessKeyID: strings.TrimSpace(b.keyID), SecretAccessKey: strings.TrimSpace(b.secret)}
	sign := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err := sign.SignHTTP(ctx, who, rq, hash, "s3", region, b.now()); err != nil {
		return fmt.Errorf("put object: %w", err)
	}
	if _, err := call(b.client, rq); err != nil {
		return fmt.Errorf("put object: %w", err)
	}
	return nil
}
