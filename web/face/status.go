package face

import (
	"net/http"

	"consilium/desk"
)

// statuses are the HTTP status of each sort of fault.
var statuses = map[desk.Sort]int{
	desk.Broken: http.StatusInternalServerError, desk.Unreadable: http.StatusBadRequest, desk.Unknown: http.StatusUnauthorized,
	desk.Forbidden: http.StatusForbidden, desk.Missing: http.StatusNotFound, desk.Conflict: http.StatusConflict, desk.Outdated: http.StatusPreconditionFailed, desk.Invalid: http.StatusUnprocessableEntity,
	desk.TooOften: http.StatusTooManyRequests, desk.Unavailable: http.StatusServiceUnavailable,
}

// Status is the HTTP status of a fault.
func Status(f desk.Fault) int { return statuses[f.Sort] }
