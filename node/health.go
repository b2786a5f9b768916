package node

import (
	"context"
	"net/http"
	"time"

	"consilium/ledger"
)

// readyWithin is how long the database may take to answer before the node says that it is not ready.
const readyWithin = 5 * time.Second

// health answers who watches the node, on an address of its own: /healthz while the program runs, /readyz while it can read its database, /metrics in numbers how it
// is. None of them tells of a person or a case.
func (n *Node) health() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	if n.measures != nil {
		mux.Handle("GET /metrics", n.measures.handler())
	}
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
		defer cancel()
		err := n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
			var one int
			return tx.QueryRowContext(ctx, `SELECT 1`).Scan(&one)
		})
		select {
		case <-n.desk.Leaving():
			err = http.ErrServerClosed
		default:
		}
		if err != nil {
			w.Header().Set("Retry-After", "10")
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		w.Write([]byte("ready\n"))
	})
	return mux
}

// listenHealth opens the address for who watches, where one is set.
func (n *Node) listenHealth() error {
	if n.o.Health == "" {
		return nil
	}
	l, err := listen("tcp", n.o.Health, "who watches the node")
	if err != nil {
		return err
	}
	n.serve(l, n.health())
	return nil
}
