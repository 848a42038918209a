package dashboards

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// problem is an error as RFC 9457 writes it. It never has a value that was sent: neither a statement nor an id.
type problem struct {
	Type    string   `json:"type"` // urn:phdp:problem:…, one of problemTexts
	Title   string   `json:"title"`
	Status  int      `json:"status"`
	Detail  string   `json:"detail,omitempty"`
	Names   []string `json:"names,omitempty"`    // of the parameters that are at fault
	ErrorID string   `json:"error_id,omitempty"` // of the line in the server's log
}

const problemPrefix = "urn:phdp:problem:"

// apiError is an error that a program made, with its kind.
type apiError struct {
	kind   string
	status int
	detail string
	names  []string
}

func (e apiError) Error() string { return e.kind }

// problemTexts are the titles of the problems in Chinese and English.
var problemTexts = map[string][2]string{
	"sign-in":    {"需要有效的令牌或登录", "A valid token or a sign-in is needed"},
	"forbidden":  {"该账户或令牌没有此权限", "The account or the token has no right to this"},
	"not-found":  {"没有这个地址或对象", "There is no such address or thing"},
	"method":     {"此地址不支持该方法", "The address does not know this method"},
	"parameters": {"参数未知或无效", "Parameters are unknown or not valid"},
	"body":       {"请求体不是所需的 JSON", "The body is not the JSON that is asked for"},
	"refused":    {"语句未被执行", "The statement was not run"},
	"failed":     {"语句执行出错", "The statement failed"},
	"too-many":   {"请求过于频繁", "Too many requests"},
	"busy":       {"其他语句正在执行，请稍后再试", "Other statements are running; try again"},
	"timeout":    {"超过时间上限", "The time limit was reached"},
	"not-ready":  {"数据仍在准备", "There is no warehouse yet"},
	"broken":     {"服务器出错", "The server failed"},
}

// errNotReady tells that nothing was built yet.
var errNotReady = apiError{kind: "not-ready", status: http.StatusServiceUnavailable}

// apiEdge turns an error into a problem and logs it once when it is the server's.
func (s *Server) apiEdge(w http.ResponseWriter, rq *request, err error) {
	if err == nil || rq.Context().Err() != nil {
		return
	}
	var known apiError
	var pause pauseError
	var bad badRequest
	switch {
	case errors.As(err, &known):
	case errors.Is(err, errSignIn):
		w.Header().Set("WWW-Authenticate", `Bearer realm="phdp"`)
		known = apiError{kind: "sign-in", status: http.StatusUnauthorized}
	case errors.Is(err, errForbidden):
		known = apiError{kind: "forbidden", status: http.StatusForbidden}
	case errors.Is(err, errNotFound):
		known = apiError{kind: "not-found", status: http.StatusNotFound}
	case errors.As(err, &bad):
		known = apiError{kind: "parameters", status: http.StatusBadRequest, detail: bad.reason}
	case errors.As(err, &pause):
		w.Header().Set("Retry-After", fmt.Sprint(int(pause.wait.Seconds())+1))
		known = apiError{kind: "too-many", status: http.StatusTooManyRequests}
	default:
		known = apiError{kind: "broken", status: http.StatusInternalServerError}
		id := rand.Text()[:8]
		s.log.Error("request failed", "error_id", id, "error", err)
		s.writeProblem(w, rq, known, id)
		return
	}
	s.writeProblem(w, rq, known, "")
}

func (s *Server) writeProblem(w http.ResponseWriter, rq *request, e apiError, id string) {
	title := problemTexts[e.kind][0]
	if rq.lang == "en" {
		title = problemTexts[e.kind][1]
	}
	body, err := json.Marshal(problem{Type: problemPrefix + e.kind, Title: title, Status: e.status, Detail: e.detail, Names: e.names, ErrorID: id})
	if err != nil {
		s.log.Error("problem not written", "error", err)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Language", rq.lang)
	w.WriteHeader(e.status)
	_, _ = w.Write(append(body, '\n')) // the reader has gone when this fails
}
