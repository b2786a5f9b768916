package node

import (
	"context"
	"fmt"

	"consilium/desk"
	"consilium/ledger"
	"consilium/network"
)

// newSealer keeps the keys of sealed files in a folder apart from the database.
func (n *Node) newSealer() *desk.Sealer {
	return &desk.Sealer{Keys: n.sealedKeys, Blobs: blobs{Blobs: n.store.Blobs()}, Hospital: n.hospital.ID,
		Secret: n.keys.Seal.String(), Recipient: n.sealKeyOf}
}

// sealKeyOf is the key under which a hospital can be sent something sealed.
func (n *Node) sealKeyOf(ctx context.Context, of ledger.HospitalID) (recipient string, err error) {
	if of == n.hospital.ID {
		return string(n.keys.SealStatement.Key), nil
	}
	err = n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		p, err := network.PartnerOf(ctx, tx, of)
		if err != nil {
			return err
		}
		if p.Seal == nil {
			return fmt.Errorf("%s has not shown its seal key yet; connect once first: %w", p.Name, network.ErrNoPartner)
		}
		recipient = string(p.Seal.Key)
		return nil
	})
	return recipient, err
}
