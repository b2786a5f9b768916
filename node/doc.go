// Package node is one hospital's running system: it makes and opens the data folder, wires the rooms together, and serves people and partners.
//
// A data folder holds the keys (keys/), the database (consilium.db, unless it is on PostgreSQL), the blobs (blobs/) and
// hospital.toml. [Init] makes one, once; [Open] opens it; [Node.Serve] runs it.
package node
