package igtlink

import (
	"encoding/json"
	"fmt"
	"io"
)

// sceneFile is how a scene is written down: what a server shows to 3D Slicer and to others.
type sceneFile struct {
	Devices []struct {
		Device    string         `json:"device"`
		Transform *[4][4]float32 `json:"transform,omitempty"` // rows of a 4×4 matrix, mm
		Points    []struct {
			Name     string     `json:"name"`
			Group    string     `json:"group,omitempty"`
			At       [3]float32 `json:"at_mm"`
			Diameter float32    `json:"diameter_mm,omitempty"`
			Color    *[4]uint8  `json:"color,omitempty"`
		} `json:"points,omitempty"`
		Surface *struct {
			Points    [][3]float32 `json:"points_mm"`
			Triangles [][3]uint32  `json:"triangles"`
		} `json:"surface,omitempty"`
		Text *string `json:"string,omitempty"`
	} `json:"devices"`
}

// ReadScene reads a scene: devices with a transform, points, a surface or a string each. Unknown fields are errors.
func ReadScene(r io.Reader) (*Scene, error) {
	d := json.NewDecoder(io.LimitReader(r, 256<<20))
	d.DisallowUnknownFields()
	var f sceneFile
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("the scene: %w", err)
	}
	scene := &Scene{}
	for i, device := range f.Devices {
		var bodies []Body
		if m := device.Transform; m != nil {
			var t Transform
			for row := range 3 {
				t.R[row], t.T[row] = [3]float32(m[row][:3]), m[row][3]
			}
			bodies = append(bodies, t)
		}
		if device.Points != nil {
			var points Points
			for _, p := range device.Points {
				n := NamedPoint{Name: p.Name, Group: p.Group, At: p.At, Diameter: p.Diameter, Color: [4]uint8{255, 255, 255, 255}}
				if p.Color != nil {
					n.Color = *p.Color
				}
				points = append(points, n)
			}
			bodies = append(bodies, points)
		}
		if s := device.Surface; s != nil {
			poly := PolyData{Points: s.Points}
			for _, t := range s.Triangles {
				poly.Polygons = append(poly.Polygons, t[:])
			}
			bodies = append(bodies, poly)
		}
		if device.Text != nil {
			bodies = append(bodies, Text(*device.Text))
		}
		if len(bodies) == 0 {
			return nil, fmt.Errorf("the scene: device %d (%q) shows nothing", i+1, device.Device)
		}
		for _, b := range bodies {
			if _, err := Encode(1, device.Device, b); err != nil {
				return nil, fmt.Errorf("the scene: device %q: %w", device.Device, err)
			}
			scene.Put(device.Device, b)
		}
	}
	return scene, nil
}
