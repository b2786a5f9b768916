package surface

import "consilium/lab/space"

// quadric is a sum of squared distances to planes, each weighted by an area: x·A·x + 2·b·x + c (Garland and Heckbert, SIGGRAPH 1997). A is symmetric.
type quadric struct {
	xx, xy, xz, yy, yz, zz float64
	x, y, z                float64
	c                      float64
}

func (q *quadric) add(o *quadric) {
	q.xx, q.xy, q.xz, q.yy, q.yz, q.zz = q.xx+o.xx, q.xy+o.xy, q.xz+o.xz, q.yy+o.yy, q.yz+o.yz, q.zz+o.zz
	q.x, q.y, q.z, q.c = q.x+o.x, q.y+o.y, q.z+o.z, q.c+o.c
}

// addPlane adds the squared distance to the plane through p with a unit normal.
func (q *quadric) addPlane(n, p space.Vec, weight float64) {
	d := -n.Dot(p)
	q.xx, q.xy, q.xz = q.xx+weight*n[0]*n[0], q.xy+weight*n[0]*n[1], q.xz+weight*n[0]*n[2]
	q.yy, q.yz, q.zz = q.yy+weight*n[1]*n[1], q.yz+weight*n[1]*n[2], q.zz+weight*n[2]*n[2]
	q.x, q.y, q.z, q.c = q.x+weight*d*n[0], q.y+weight*d*n[1], q.z+weight*d*n[2], q.c+weight*d*d
}

// addPoint adds the squared distance to a point. A little of it makes every quadric have one lowest place, keeps that place near the points it stands for, and lets short
// edges go first where the surface is flat.
func (q *quadric) addPoint(p space.Vec, weight float64) {
	q.xx, q.yy, q.zz = q.xx+weight, q.yy+weight, q.zz+weight
	q.x, q.y, q.z, q.c = q.x-weight*p[0], q.y-weight*p[1], q.z-weight*p[2], q.c+weight*p.Dot(p)
}

func (q *quadric) at(p space.Vec) float64 {
	return p[0]*(q.xx*p[0]+2*(q.xy*p[1]+q.xz*p[2]+q.x)) + p[1]*(q.yy*p[1]+2*(q.yz*p[2]+q.y)) + p[2]*(q.zz*p[2]+2*q.z) + q.c
}

// lowest is where the sum is least: A·x = −b by Cholesky, which exists because of addPoint.
func (q *quadric) lowest() (space.Vec, bool) {
	d0 := q.xx
	l1, l2 := q.xy/d0, q.xz/d0
	d1 := q.yy - l1*q.xy
	l3 := (q.yz - l2*q.xy) / d1
	d2 := q.zz - l2*q.xz - l3*l3*d1
	if !(d0 > 0 && d1 > 0 && d2 > 0) {
		return space.Vec{}, false
	}
	y0 := -q.x
	y1 := -q.y - l1*y0
	y2 := -q.z - l2*y0 - l3*y1
	z := y2 / d2
	y := y1/d1 - l3*z
	x := y0/d0 - l1*y - l2*z
	return space.Vec{x, y, z}, true
}
