"""peer.py VOLUME.i16 nx ny nz sx sy sz HU SCRATCH: VTK's times for the steps of bench/surface, as JSON. Needs Debian's python3-vtk9 and python3-numpy."""
import sys, os, json, time, resource
import numpy as np, vtk
from vtk.util import numpy_support as ns

source, n, spacing, hu, scratch = sys.argv[1], [int(x) for x in sys.argv[2:5]], [float(x) for x in sys.argv[5:8]], float(sys.argv[8]), sys.argv[9]
image = vtk.vtkImageData()
image.SetDimensions(n)
image.SetSpacing(spacing)
image.GetPointData().SetScalars(ns.numpy_to_vtk(np.fromfile(source, dtype='<i2')))
out = {}


def timed(name, make, times=3):
    for _ in range(times):
        f = make()
        wall, cpu = time.time(), time.process_time()
        f.Update()
        out.setdefault(name, []).append([time.time() - wall, time.process_time() - cpu])
    return f.GetOutput()


def plain(f):
    f.ComputeNormalsOff(); f.ComputeGradientsOff(); f.ComputeScalarsOff()
    f.SetInputData(image); f.SetValue(0, hu)
    return f


surface = timed('surface', lambda: plain(vtk.vtkFlyingEdges3D()), 5)
counts = {'points': surface.GetNumberOfPoints(), 'triangles': surface.GetNumberOfCells()}


def largest():
    f = vtk.vtkPolyDataConnectivityFilter(); f.SetInputData(surface); f.SetExtractionModeToLargestRegion()
    return f


part = timed('largest part', largest)
clean = vtk.vtkCleanPolyData(); clean.PointMergingOff(); clean.SetInputData(part); clean.Update()
part = clean.GetOutput()


def smooth():
    f = vtk.vtkWindowedSincPolyDataFilter(); f.SetInputData(part); f.SetNumberOfIterations(20); f.SetPassBand(0.1)
    f.BoundarySmoothingOff(); f.FeatureEdgeSmoothingOff(); f.NonManifoldSmoothingOn(); f.NormalizeCoordinatesOn()
    return f


part = timed('smoothing', smooth)


def decimate():
    f = vtk.vtkQuadricDecimation(); f.SetInputData(part); f.SetTargetReduction(0.9)
    return f


thin = timed('decimation', decimate, 1)


def save(name, data):  # float points and int32 triangles, for the comparison of both programs' results by one measure
    p = ns.vtk_to_numpy(data.GetPoints().GetData()).astype('<f4'); t = ns.vtk_to_numpy(data.GetPolys().GetConnectivityArray()).astype('<i4')
    np.array([len(p), len(t) // 3], dtype='<i4').tofile(name + '.n'); p.tofile(name + '.p'); t.tofile(name + '.t')


save(os.path.join(scratch, 'smoothed'), part)
save(os.path.join(scratch, 'thin'), thin)
for _ in range(3):
    w = vtk.vtkSTLWriter(); w.SetInputData(surface); w.SetFileTypeToBinary(); w.SetFileName(os.path.join(scratch, 'peer.stl'))
    wall, cpu = time.time(), time.process_time()
    w.Write()
    out.setdefault('binary STL', []).append([time.time() - wall, time.process_time() - cpu])
print(json.dumps({'times': out, 'counts': counts, 'memory_mb': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
