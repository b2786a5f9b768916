package render

import "image"

// fit makes a picture smaller so that it fits into width and height, 0 for any. Each new pixel is the average of those that it covers.
func fit(m image.Image, width, height int) image.Image {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	nw, nh := w, h
	if width > 0 && nw > width {
		nw, nh = width, max(1, h*width/w)
	}
	if height > 0 && nh > height {
		nw, nh = max(1, w*height/h), height
	}
	if nw == w && nh == h {
		return m
	}
	switch m := m.(type) {
	case *image.Gray:
		out := image.NewGray(image.Rect(0, 0, nw, nh))
		shrink(out.Pix, nw, nh, m.Pix, w, h, 1)
		return out
	case *image.RGBA:
		out := image.NewRGBA(image.Rect(0, 0, nw, nh))
		shrink(out.Pix, nw, nh, m.Pix, w, h, 4)
		return out
	}
	return m
}

func shrink(out []byte, nw, nh int, in []byte, w, h, n int) {
	for y := range nh {
		top, bottom := y*h/nh, max((y+1)*h/nh, y*h/nh+1)
		for x := range nw {
			left, right := x*w/nw, max((x+1)*w/nw, x*w/nw+1)
			area := (bottom - top) * (right - left)
			for c := range n {
				sum := area / 2
				for yy := top; yy < bottom; yy++ {
					for xx := left; xx < right; xx++ {
						sum += int(in[(yy*w+xx)*n+c])
					}
				}
				out[(y*nw+x)*n+c] = byte(sum / area)
			}
		}
	}
}
