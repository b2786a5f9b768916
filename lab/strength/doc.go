// Package strength computes how bone and implants bear a load: linear elasticity on the voxels of a CT as eight-node hexahedra, with the stiffness of each from its calibrated
// density by a published relation that the input names, or from its alloy.
//
// It promises a solution whose residual is told, or an error that says what keeps the model from standing: parts that float, supports that hold nothing, a stiffness of zero. The
// equations are solved without a matrix by conjugate gradients with geometric multigrid, so that memory grows with the voxels and iterations hardly at all. Whether a load or a relation is right for a patient it leaves to who asks.
package strength
