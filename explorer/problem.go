package explorer

import (
	"encoding/json"

	"github.com/labstack/echo/v4"
)

// problemError is one fault within a problem.
type problemError struct {
	Pointer string `json:"pointer,omitempty"`
	Rule    string `json:"rule,omitempty"`
	Value   string `json:"value,omitempty"`
	Message string `json:"message"`
}

// problem answers in application/problem+json (RFC 9457).
func problem(c echo.Context, status int, kind, title, detail string, errs ...problemError) error {
	body, err := json.Marshal(struct {
		Type     string         `json:"type"`
		Title    string         `json:"title"`
		Status   int            `json:"status"`
		Detail   string         `json:"detail"`
		Instance string         `json:"instance"`
		TraceID  string         `json:"trace_id,omitempty"`
		Errors   []problemError `json:"errors,omitempty"`
	}{"/problems/" + kind, title, status, detail, c.Request().URL.EscapedPath(), c.Response().Header().Get(echo.HeaderXRequestID), errs})
	if err != nil {
		return err
	}
	return c.Blob(status, "application/problem+json", body)
}
