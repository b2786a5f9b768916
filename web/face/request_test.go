package face

import (
	"errors"
	"net/url"
	"testing"

	"consilium/desk"
)

func TestAFormOfOtherBytesIsRefused(t *testing.T) {
	for _, c := range []struct {
		form url.Values
		ok   bool
	}{
		{url.Values{"text": {"面肌痉挛\r\n\t"}}, true},
		{url.Values{"text": {"a", "b\x00"}}, false},
		{url.Values{"text": {"\xc3\xe6"}}, false}, // GB18030
		{url.Values{"te\x00xt": {"a"}}, false},
	} {
		if err := checkForm(c.form); (err == nil) != c.ok || err != nil && !errors.Is(err, desk.ErrInput) {
			t.Errorf("%q: %v", c.form, err)
		}
	}
}
