package saying

import (
	"consilium/ledger"
	"consilium/network"
)

// Invitation lets a partner into a case, with the statement of its link key for those who are not its partners.
func Invitation(id ledger.ThreadID, p network.Partner) ledger.Draft {
	return ledger.Draft{Thread: id, Kind: ledger.KindInvited, Says: ledger.Invitation{Hospital: p.Hospital, Statement: p.Link}}
}
