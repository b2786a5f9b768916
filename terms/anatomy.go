package terms

// Laterality is a side of the body. Its text stands in entries.
type Laterality string

// The sides.
const (
	Left      Laterality = "left"
	Right     Laterality = "right"
	Bilateral Laterality = "bilateral"
	Midline   Laterality = "midline" // one organ in the middle, or no side at all
)

// Lateralities lists the sides in the order in which they are offered.
var Lateralities = []Laterality{Left, Right, Bilateral, Midline}

// Known says whether l is one of Lateralities.
func (l Laterality) Known() bool { return l.Name() != Label{} }

// Name is what people call the side.
func (l Laterality) Name() Label {
	switch l {
	case Left:
		return Label{"left", "左侧"}
	case Right:
		return Label{"right", "右侧"}
	case Bilateral:
		return Label{"both sides", "双侧"}
	case Midline:
		return Label{"midline", "中线"}
	}
	return Label{}
}

// Opposite is the other side; both sides and the midline are their own.
func (l Laterality) Opposite() Laterality {
	switch l {
	case Left:
		return Right
	case Right:
		return Left
	}
	return l
}

// SNOMED is the qualifier of the side; "" for the midline, which has none here.
func (l Laterality) SNOMED() string {
	return map[Laterality]string{Left: "7771000", Right: "24028007", Bilateral: "51440002"}[l]
}

// DICOM is the value of Laterality (0020,0060) and Image Laterality (0020,0062): L, R, B, or U for unpaired.
func (l Laterality) DICOM() string {
	return map[Laterality]string{Left: "L", Right: "R", Bilateral: "B", Midline: "U"}[l]
}

// Site is a place of the body that the shipped pathways operate on or look at.
type Site struct {
	ID     string // stands in packs and entries
	Name   Label
	Paired bool   // there is one on each side, so a side must be said
	SNOMED string // body structure; "" where none is certain
}

// Sites lists the places. A place without a SNOMED code has none here that was checked: none is better than a wrong one.
var Sites = []Site{
	{"facial-nerve", Label{"facial nerve", "面神经"}, true, "56052001"},
	{"facial-nerve-rez", Label{"facial nerve root exit zone", "面神经出脑干区"}, true, ""},
	{"vestibulocochlear-nerve", Label{"vestibulocochlear nerve", "前庭蜗神经"}, true, ""},
	{"cerebellopontine-angle", Label{"cerebellopontine angle", "桥小脑角"}, true, ""},
	{"aica", Label{"anterior inferior cerebellar artery", "小脑前下动脉"}, true, ""},
	{"pica", Label{"posterior inferior cerebellar artery", "小脑后下动脉"}, true, ""},
	{"vertebral-artery", Label{"vertebral artery", "椎动脉"}, true, ""},
	{"basilar-artery", Label{"basilar artery", "基底动脉"}, false, ""},
	{"disc-l1-l2", Label{"L1/2 disc", "腰1/2椎间盘"}, false, ""},
	{"disc-l2-l3", Label{"L2/3 disc", "腰2/3椎间盘"}, false, ""},
	{"disc-l3-l4", Label{"L3/4 disc", "腰3/4椎间盘"}, false, ""},
	{"disc-l4-l5", Label{"L4/5 disc", "腰4/5椎间盘"}, false, ""},
	{"disc-l5-s1", Label{"L5/S1 disc", "腰5/骶1椎间盘"}, false, ""},
	{"knee", Label{"knee", "膝关节"}, true, "49076000"},
	{"hip", Label{"hip", "髋关节"}, true, "24136001"},
	{"femur", Label{"femur", "股骨"}, true, "71341001"},
	{"femoral-head", Label{"femoral head", "股骨头"}, true, "2812003"},
	{"tibia", Label{"tibia", "胫骨"}, true, ""},
	{"patella", Label{"patella", "髌骨"}, true, ""},
	{"acetabulum", Label{"acetabulum", "髋臼"}, true, ""},
	{"ankle", Label{"ankle", "踝关节"}, true, ""},
	{"ovary", Label{"ovary", "卵巢"}, true, "15497006"},
	{"fallopian-tube", Label{"fallopian tube", "输卵管"}, true, "31435000"},
	{"uterus", Label{"uterus", "子宫"}, false, "35039007"},
	{"cervix", Label{"cervix", "子宫颈"}, false, "71252005"},
	{"endometrium", Label{"endometrium", "子宫内膜"}, false, ""},
	{"pelvis", Label{"pelvis", "盆腔"}, false, ""},
	{"peritoneum", Label{"peritoneum", "腹膜"}, false, ""},
	{"omentum", Label{"omentum", "大网膜"}, false, ""},
	{"bowel", Label{"bowel", "肠管"}, false, ""},
	{"diaphragm", Label{"diaphragm", "膈肌"}, false, ""},
	{"spleen", Label{"spleen", "脾"}, false, ""},
	{"pelvic-lymph-node", Label{"pelvic lymph node", "盆腔淋巴结"}, true, ""},
	{"para-aortic-lymph-node", Label{"para-aortic lymph node", "腹主动脉旁淋巴结"}, false, ""},
	{"ureter", Label{"ureter", "输尿管"}, true, ""},
	{"bladder", Label{"bladder", "膀胱"}, false, ""},
}

// FindSite finds a place by its ID.
func FindSite(id string) (Site, bool) {
	for _, s := range Sites {
		if s.ID == id {
			return s, true
		}
	}
	return Site{}, false
}
