// Package archive keeps DICOM instances: each as a blob under the hash of its file, found again by an index in the hospital's
// database.
//
// It promises that an instance that was acknowledged survives a loss of power, and that whoever searches afterwards finds it. Files that are imported are
// blobs, then rows, then told of. What the network brings lands first: its file is synced in a folder of its own, its sender is answered, and soon after
// many of them become blobs and rows together; readers wait for that, and a start goes on with what a stop has left (see landing). A crash leaves a blob that
// nobody refers to, never a row without its image. Data sets are kept bit for bit in the transfer syntax they came in; only the
// file's header is made anew, so that one instance gives one blob however it arrived. A second instance under the same UID
// with other pixels is refused. Memory does not grow with the size of an instance or a study.
//
// Who may send and see images is decided by the callers; network protocols are dimse's and dicomweb's.
package archive
