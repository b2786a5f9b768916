"""usage: peer_icp.py CRANIUM_INV3 OUT_DIR
VTK's iterated closest point on a real skull, from known offsets. Writes the surface (points.f32, triangles.i32) and each case's points (case-N.f64) for ours, prints JSON:
for each case the true motion, VTK's seconds and its error. The clock runs over Update alone, which includes VTK's own locator."""
import json, plistlib, sys, tarfile, time
import numpy as np
import vtk
from vtk.util import numpy_support as ns

with tarfile.open(sys.argv[1]) as t:
    names = {n.rsplit('/', 1)[-1]: n for n in t.getnames()}
    meta = plistlib.loads(t.extractfile(names['main.plist']).read())
    raw = t.extractfile(names[meta['matrix']['filename']]).read()
vol = np.frombuffer(raw, dtype='<i2').reshape(tuple(meta['matrix']['shape']))
sx, sy, sz = meta['spacing']
img = vtk.vtkImageData(); img.SetDimensions(*vol.shape[::-1]); img.SetSpacing(sx, sy, sz)
img.GetPointData().SetScalars(ns.numpy_to_vtk(vol.ravel()))
f = vtk.vtkFlyingEdges3D(); f.SetInputData(img); f.SetValue(0, 300.5); f.ComputeNormalsOff(); f.Update()
c = vtk.vtkPolyDataConnectivityFilter(); c.SetInputData(f.GetOutput()); c.SetExtractionModeToLargestRegion(); c.Update()
k = vtk.vtkCleanPolyData(); k.SetInputData(c.GetOutput()); k.PointMergingOff(); k.Update()
S = k.GetOutput()
P = ns.vtk_to_numpy(S.GetPoints().GetData()).astype(float)
tri = ns.vtk_to_numpy(S.GetPolys().GetConnectivityArray()).reshape(-1, 3)
out = sys.argv[2]
P.astype('<f4').tofile(out + '/points.f32'); tri.astype('<i4').tofile(out + '/triangles.i32'); P[::5000].astype('<f8').tofile(out + '/targets.f64')
rng = np.random.default_rng(3)
rows = []
for n, deg, mm, sig in [(200, 5, 5, .3), (2000, 5, 5, .3), (2000, 10, 10, .5), (2000, 25, 20, .5)]:
    Q = P[rng.choice(len(P), n, False)] + rng.normal(0, sig, (n, 3)); m = P.mean(0)
    ax = rng.normal(size=3); ax /= np.linalg.norm(ax); a = np.radians(deg)
    K = np.array([[0, -ax[2], ax[1]], [ax[2], 0, -ax[0]], [-ax[1], ax[0], 0]]); R = np.eye(3) + np.sin(a) * K + (1 - np.cos(a)) * K @ K
    t = rng.normal(size=3); t *= mm / np.linalg.norm(t)
    src = (Q - m) @ R.T + m + t
    src.astype('<f8').tofile('%s/case-%d.f64' % (out, len(rows)))
    pd = vtk.vtkPolyData(); vp = vtk.vtkPoints(); vp.SetData(ns.numpy_to_vtk(src)); pd.SetPoints(vp)
    i = vtk.vtkIterativeClosestPointTransform(); i.SetSource(pd); i.SetTarget(S); i.GetLandmarkTransform().SetModeToRigidBody()
    i.SetMaximumNumberOfIterations(200); i.SetMaximumNumberOfLandmarks(n); i.SetCheckMeanDistance(1); i.SetMaximumMeanDistance(1e-4); i.StartByMatchingCentroidsOff()
    w, c = time.time(), time.process_time(); i.Update(); w, c = time.time() - w, time.process_time() - c
    M = np.array([[i.GetMatrix().GetElement(r, s) for s in range(4)] for r in range(4)])
    T = P[::5000]; mv = (T - m) @ R.T + m + t; e = np.linalg.norm(mv @ M[:3, :3].T + M[:3, 3] - T, axis=1)
    # the true answer takes mv back to T: x -> R'(x - m - t) + m
    rows.append({'points': n, 'degrees': deg, 'mm': mm, 'noise_mm': sig, 'seconds': w, 'processor': c, 'iterations': i.GetNumberOfIterations(), 'error_mm': [float(e.mean()), float(e.max())],
                 'turn': R.T.tolist(), 'shift': (m - R.T @ (m + t)).tolist()})
print(json.dumps(rows))
