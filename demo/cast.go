package demo

import "consilium/people"

// Password is everybody's in the demonstration. It is printed, and good for nothing else.
const Password = "consilium-demo"

// The hospitals.
const (
	harbor    = "harbor"    // the city hospital
	western   = "western"   // the national university hospital, with its women's hospital
	snow      = "snow"      // the remote county hospital
	riverbend = "riverbend" // the orthopedic center
)

// site is a hospital before it exists.
type site struct {
	key, name, short string
	lat, lon         float64
	staff            []role
}

// role is a person before they have an account.
type role struct {
	username, name, department, language string
	roles                                []people.Role
	specialties                          []string
	privileges                           []privilege
}

type privilege struct {
	procedure string
	level     int
}

var (
	surgeon     = []people.Role{people.Surgeon}
	head        = []people.Role{people.Surgeon, people.HeadOfDepartment}
	referring   = []people.Role{people.ReferringDoctor}
	coordinator = []people.Role{people.Coordinator}
	trainee     = []people.Role{people.Trainee}
	researcher  = []people.Role{people.Researcher}
	admin       = []people.Role{people.Administrator}
)

// sites are the four hospitals with their people. All of them are invented.
var sites = []site{
	{harbor, "Harbor City Hospital 海港市医院", "Harbor City", 36.0671, 120.3826, []role{
		{username: "admin", name: "Ma Rui 马瑞", department: "Information", language: "zh", roles: admin},
		{username: "lin", name: "Dr. Lin Hai 林海", department: "Neurosurgery", language: "en", roles: surgeon, specialties: []string{"functional_neurosurgery"},
			privileges: []privilege{{"mvd_microscopic", 4}, {"mvd_assisted", 4}}},
		{username: "zhao", name: "Dr. Zhao Min 赵敏行", department: "Neurosurgery", language: "zh", roles: head, specialties: []string{"functional_neurosurgery"}},
		{username: "sun", name: "Dr. Sun Yue 孙悦", department: "Neurology", language: "zh", roles: referring},
		{username: "he", name: "He Jing 何静", department: "Medical office", language: "zh", roles: coordinator},
		{username: "wu", name: "Dr. Wu Tong 吴桐", department: "Neurosurgery", language: "en", roles: trainee, specialties: []string{"functional_neurosurgery"}},
		{username: "researcher", name: "Dr. Jiang Ping 江平", department: "Research office", language: "en", roles: researcher},
	}},
	{western, "Western University Hospital 西部大学医院", "Western Univ.", 30.6420, 104.0430, []role{
		{username: "admin", name: "Luo Ning 罗宁", department: "Information", language: "zh", roles: admin},
		{username: "gu", name: "Prof. Gu Wen 顾文", department: "Neurosurgery", language: "en", roles: head,
			specialties: []string{"functional_neurosurgery", "endoscopic_skull_base"}, privileges: []privilege{{"mvd_microscopic", 4}, {"mvd_endoscopic", 4}}},
		{username: "qin", name: "Dr. Qin Lan 秦岚", department: "Neurosurgery", language: "en", roles: surgeon, specialties: []string{"endoscopic_skull_base"},
			privileges: []privilege{{"mvd_assisted", 4}}},
		{username: "shen", name: "Prof. Shen Yi 沈怡", department: "Women's hospital 妇产院区", language: "zh", roles: head,
			specialties: []string{"gyn_oncology", "gyn_takeover"}, privileges: []privilege{{"mass_removal", 4}, {"cytoreduction", 4}}},
		{username: "fang", name: "Dr. Fang Xue 方雪", department: "Women's hospital 妇产院区", language: "zh", roles: surgeon, specialties: []string{"gyn_oncology", "gyn_takeover"},
			privileges: []privilege{{"mass_removal", 4}}},
		{username: "tan", name: "Tan Li 谭丽", department: "Medical office", language: "en", roles: coordinator},
		{username: "bai", name: "Dr. Bai Lu 白鹭", department: "Neurosurgery", language: "en", roles: trainee},
		{username: "researcher", name: "Dr. Kong Yan 孔言", department: "Clinical research", language: "en", roles: researcher},
	}},
	{snow, "Snow Valley County Hospital 雪谷县医院", "Snow Valley", 47.7280, 128.8400, []role{
		{username: "admin", name: "Cao Bo 曹波", department: "Information", language: "zh", roles: admin},
		{username: "meng", name: "Dr. Meng Die 孟蝶", department: "Gynecology", language: "zh", roles: surgeon, specialties: []string{"gyn_oncology", "gyn_benign"}},
		{username: "deng", name: "Dr. Deng Shan 邓山", department: "Surgery", language: "zh", roles: head},
		{username: "pan", name: "Dr. Pan He 潘荷", department: "General practice", language: "zh", roles: referring},
		{username: "xu", name: "Xu Na 徐娜", department: "Medical office", language: "zh", roles: coordinator},
		{username: "ding", name: "Dr. Ding Ke 丁可", department: "Gynecology", language: "zh", roles: trainee},
	}},
	{riverbend, "Riverbend Orthopedic Center 河湾骨科中心", "Riverbend", 34.7466, 113.6254, []role{
		{username: "admin", name: "Yu Fan 余帆", department: "Information", language: "zh", roles: admin},
		{username: "cheng", name: "Dr. Cheng Yan 程岩", department: "Spine endoscopy", language: "en", roles: surgeon, specialties: []string{"spine_endoscopy"},
			privileges: []privilege{{"pted", 3}, {"interlaminar", 3}}},
		{username: "duan", name: "Dr. Duan Feng 段峰", department: "Spine surgery", language: "zh", roles: surgeon, specialties: []string{"spine_open"},
			privileges: []privilege{{"open_micro", 3}}},
		{username: "hu", name: "Dr. Hu Ming 胡明", department: "Spine endoscopy", language: "zh", roles: surgeon, specialties: []string{"spine_endoscopy"}},
		{username: "song", name: "Prof. Song Ze 宋泽", department: "Spine center", language: "en", roles: head, specialties: []string{"spine_endoscopy", "spine_open"}},
		{username: "ye", name: "Ye Qing 叶青", department: "Admission office", language: "zh", roles: coordinator},
		{username: "rao", name: "Dr. Rao Jia 饶佳", department: "Spine endoscopy", language: "en", roles: trainee, specialties: []string{"spine_endoscopy"}},
		{username: "researcher", name: "Dr. Wei Dan 韦丹", department: "Registry", language: "en", roles: researcher},
	}},
}
