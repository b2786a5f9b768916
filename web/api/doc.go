// Package api serves the node's JSON API under /api/v1, and its document, OpenAPI 3.1.
//
// It promises that what the document says is what happens: operations are declared once, by the groups below this package, with their bodies, answers and errors; unknown fields and doubled keys are
// refused, errors name the place in the body (RFC 9457), and the same request with the same Idempotency-Key happens once. Who may ask and what may be said it leaves to access and
// the kinds: there is no second rule here.
package api
