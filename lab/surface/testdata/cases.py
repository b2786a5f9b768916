"""Prints marchingCases: how VTK's Flying Edges cuts each of the 256 cells. Needs Debian's python3-vtk9 and python3-numpy."""
import numpy as np, vtk
from vtk.util import numpy_support as ns


def edge(p):
    axis = [i for i in range(3) if abs(p[i] - .5) < 1e-3][0]
    other = [int(round(p[i])) for i in range(3) if i != axis]
    return axis * 4 + other[0] + 2 * other[1]


for case in range(256):
    values = np.array([(case >> b) & 1 for b in range(8)], dtype=np.int16) * 2 - 1
    image = vtk.vtkImageData()
    image.SetDimensions(2, 2, 2)
    image.GetPointData().SetScalars(ns.numpy_to_vtk(values, deep=True))
    f = vtk.vtkFlyingEdges3D()
    f.SetInputData(image)
    f.SetValue(0, 0.0)
    f.ComputeNormalsOff()
    f.Update()
    out = f.GetOutput()
    if out.GetNumberOfCells() == 0:
        print()
        continue
    points = ns.vtk_to_numpy(out.GetPoints().GetData())
    print(''.join('%x' % edge(points[i]) for i in ns.vtk_to_numpy(out.GetPolys().GetConnectivityArray())))
