package delivery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// answer is what every call of WeCom's API answers.
type answer struct {
	Code    int    `json:"errcode"`
	Token   string `json:"access_token"`
	Expires int    `json:"expires_in"`
}

// Codes of WeCom that mean something here.
var (
	tokenCodes = []int{40014, 42001, 41001} // the token is over
	neverCodes = []int{40068, 301002}       // no such tag, or a tag of another app
	goneCodes  = []int{84061, 40096, 60111} // no friends, or one of the two is unknown
)

// errNoFriends tells that the care worker and the person are no friends any more: they have no tags.
var errNoFriends = errors.New("the two are no friends in WeCom")

// wecom calls the API itself. One goroutine at a time uses it.
type wecom struct {
	client                *http.Client
	address, corp, secret string
	token                 string
}

// Send marks the one pair of the parcel. To mark again what is marked changes nothing.
func (w *wecom) Send(ctx context.Context, p Parcel) error {
	if len(p.Marks) != 1 {
		return permanent{errors.New("mark tags: only marks go to WeCom, one pair a message")}
	}
	for try := range 2 {
		if err := w.signIn(ctx); err != nil {
			return fmt.Errorf("mark tags: %w", err)
		}
		got, err := w.call(ctx, "externalcontact/mark_tag", url.Values{"access_token": {w.token}}, p.Marks[0])
		if err != nil {
			return fmt.Errorf("mark tags: %w", err)
		}
		switch {
		case got.Code == 0:
			return nil
		case slices.Contains(tokenCodes, got.Code) && try == 0:
			w.token = ""
			continue
		case slices.Contains(goneCodes, got.Code):
			return errNoFriends
		case slices.Contains(neverCodes, got.Code):
			return permanent{fmt.Errorf("mark tags: WeCom says %d", got.Code)}
		}
		return fmt.Errorf("mark tags: WeCom says %d", got.Code)
	}
	return errors.New("mark tags: WeCom takes no token")
}

// signIn asks for a token when there is none.
func (w *wecom) signIn(ctx context.Context) error {
	if w.token != "" {
		return nil
	}
	got, err := w.call(ctx, "gettoken", url.Values{"corpid": {w.corp}, "corpsecret": {w.secret}}, nil)
	if err != nil {
		return fmt.Errorf("ask for a token: %w", err)
	}
	if got.Code != 0 || got.Token == "" {
		return fmt.Errorf("ask for a token: WeCom says %d", got.Code)
	}
	w.token = got.Token
	return nil
}

func (w *wecom) call(ctx context.Context, path string, query url.Values, body any) (got answer, err error) {
	method, data := http.MethodGet, []byte(nil)
	if body != nil {
		method = http.MethodPost
		if data, err = json.Marshal(body); err != nil {
			return got, err
		}
	}
	rq, err := http.NewRequestWithContext(ctx, method, w.address+"/cgi-bin/"+path+"?"+query.Encode(), bytes.NewReader(data))
	if err != nil {
		return got, hide(err)
	}
	rq.Header.Set("Content-Type", "application/json")
	text, err := call(w.client, rq)
	if err != nil {
		return got, err
	}
	if err := json.Unmarshal(text, &got); err != nil {
		return got, errors.New("the answer is no JSON")
	}
	return got, nil
}

// robot writes into a group of WeCom.
type robot struct {
	client  *http.Client
	address string
}

// Send writes an alert as Markdown.
func (r *robot) Send(ctx context.Context, p Parcel) error {
	notice, err := p.notice()
	if err != nil {
		return err
	}
	text := map[string]any{"msgtype": "markdown", "markdown": map[string]string{"content": notice.markdown()}}
	data, err := json.Marshal(text)
	if err != nil {
		return fmt.Errorf("write to robot: %w", err)
	}
	rq, err := http.NewRequestWithContext(ctx, http.MethodPost, r.address, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("write to robot: %w", hide(err))
	}
	rq.Header.Set("Content-Type", "application/json")
	reply, err := call(r.client, rq)
	if err != nil {
		return fmt.Errorf("write to robot: %w", err)
	}
	var got answer
	if err := json.Unmarshal(reply, &got); err != nil {
		return errors.New("write to robot: the answer is no JSON")
	}
	if got.Code != 0 {
		return fmt.Errorf("write to robot: WeCom says %d", got.Code)
	}
	return nil
}
