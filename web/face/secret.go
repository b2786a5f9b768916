package face

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
)

// Sealed proves, when the text comes back with it, that this node gave the text for this purpose.
func (q *Request) Sealed(purpose, text string) string {
	sum := hmac.New(sha256.New, q.s.secret)
	io.WriteString(sum, purpose+"\x00"+text)
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}
