package node

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"consilium/lang"
)

// steady answers a handler's panic as a fault and logs it once, with where it happened. One page's fault never stops the node.
func steady(log *slog.Logger, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				log.Error("a handler stopped", slog.String("pattern", r.Pattern), slog.String("why", fmt.Sprint(v)), slog.String("stack", string(debug.Stack())))
				text := lang.Phrase("fault.detail.panic", nil)
				http.Error(w, text.En+"\n"+text.Zh, http.StatusInternalServerError)
			}
		}()
		h.ServeHTTP(w, r)
	})
}
