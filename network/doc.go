// Package network is a hospital's link to its partners: who they are, that they are who they say, and the exchange of
// entries and files with them.
//
// A partner is a hospital whose ID an administrator here has entered, or who came with an invitation code. Links are mutual TLS 1.3, pinned
// to a link key for which the partner's root key vouches; there is no authority and there are no names. One connection, opened by either side,
// serves both directions, and everything on it can be cut at any byte and begun again. PROTOCOL.md beside this file says what travels.
//
// What may leave is asked of a [Gate] at the moment when it leaves. What arrives is judged by package ledger. Nothing at this node
// ever waits for a partner, and what one partner does wrong stops at its own link.
package network
