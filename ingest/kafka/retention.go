package kafka

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const retentionSetting = "retention.ms"

// PrepareKept is Prepare for a topic that keeps its records for so long, 0 for ever. It returns how long an
// existing topic keeps them, or keep when the user may not ask.
func (p *Producer) PrepareKept(ctx context.Context, topic string, partitions int32, keep time.Duration) (time.Duration, error) {
	value := "-1"
	if keep > 0 {
		value = strconv.FormatInt(keep.Milliseconds(), 10)
	}
	setting := kmsg.NewCreateTopicsRequestTopicConfig()
	setting.Name, setting.Value = retentionSetting, &value
	if err := p.prepare(ctx, topic, partitions, setting); err != nil {
		return 0, err
	}
	kept, err := p.retention(ctx, topic)
	if errors.Is(err, kerr.TopicAuthorizationFailed) || errors.Is(err, kerr.ClusterAuthorizationFailed) {
		return keep, nil
	}
	return kept, err
}

// retention is how long a topic keeps its records, 0 for ever.
func (p *Producer) retention(ctx context.Context, topic string) (time.Duration, error) {
	request := kmsg.NewPtrDescribeConfigsRequest()
	resource := kmsg.NewDescribeConfigsRequestResource()
	resource.ResourceType, resource.ResourceName, resource.ConfigNames = kmsg.ConfigResourceTypeTopic, topic, []string{retentionSetting}
	request.Resources = append(request.Resources, resource)
	answer, err := request.RequestWith(ctx, p.client)
	if err != nil {
		return 0, fmt.Errorf("ask for the retention of %s: %w", topic, err)
	}
	for _, r := range answer.Resources {
		if err := kerr.ErrorForCode(r.ErrorCode); err != nil {
			return 0, fmt.Errorf("ask for the retention of %s: %w", topic, err)
		}
		for _, c := range r.Configs {
			if c.Name != retentionSetting || c.Value == nil {
				continue
			}
			ms, err := strconv.ParseInt(*c.Value, 10, 64)
			if err != nil {
				return 0, fmt.Errorf("retention of %s: %w", topic, err)
			}
			return time.Duration(max(ms, 0)) * time.Millisecond, nil
		}
	}
	return 0, fmt.Errorf("ask for the retention of %s: the broker does not tell", topic)
}
