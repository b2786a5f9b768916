// Package security is the security log of one hospital's node: who came in and who was turned away, what opens the doors, who may do what, what left and
// what was destroyed.
//
// It promises that a row which was written stays: rows are only added, in the transaction of what they tell, and each holds the hash of the one before. A
// row that was changed or taken out shows when the chain is verified; a tail that was cut off shows because whoever keeps the node signs the newest hash
// ([Head]) elsewhere. It holds no clinical content and no secret.
//
// Who read which case stands in the access log of package access. Who may read this log, and how it is shown, is left to others.
package security
