"""flyingedges.py VOLUME.i16 TRIANGLES.f32 nx ny nz sx sy sz ox oy oz THRESHOLD: VTK's surface, nine floats a triangle. Needs Debian's python3-vtk9 and python3-numpy."""
import sys, numpy as np, vtk
from vtk.util import numpy_support as ns
source, target = sys.argv[1:3]
n = [int(x) for x in sys.argv[3:6]]
f = [float(x) for x in sys.argv[6:13]]
image = vtk.vtkImageData()
image.SetDimensions(n)
image.SetSpacing(f[0:3])
image.SetOrigin(f[3:6])
image.GetPointData().SetScalars(ns.numpy_to_vtk(np.fromfile(source, dtype='<i2'), deep=True))
e = vtk.vtkFlyingEdges3D()
e.SetInputData(image)
e.SetValue(0, f[6])
e.ComputeNormalsOff()
e.Update()
points = ns.vtk_to_numpy(e.GetOutput().GetPoints().GetData())
points[ns.vtk_to_numpy(e.GetOutput().GetPolys().GetConnectivityArray())].astype('<f4').tofile(target)
