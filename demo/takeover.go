package demo

import (
	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/outreach"
	"consilium/people"
)

// takeOverStory: an operation that was abandoned for bleeding is finished in the patient's own county by a women's hospital on its mission.
func takeOverStory(s *story) {
	t := &takeOver{story: s, home: s.at(snow), far: s.at(western)}
	t.meng, t.deng, t.xu, t.ding = t.home.staff["meng"], t.home.staff["deng"], t.home.staff["xu"], t.home.staff["ding"]
	t.shen, t.fang, t.tan = t.far.staff["shen"], t.far.staff["fang"], t.far.staff["tan"]
	t.record()
	t.assess()
	t.mission()
	t.handOver()
	t.operate()
	t.goHome()
}

// takeOver is the second story while it is told.
type takeOver struct {
	*story
	home, far            *hospital
	meng, deng, xu, ding *person // surgeon, head, coordinator and trainee of the county hospital
	shen, fang, tan      *person // the women's hospital
	id, visit            ledger.ThreadID
	referral, signed     ledger.Hash
}

const takeOverDay = 9 // the operation: a Wednesday

// record writes down what is known from papers, the abandoned operation first.
func (t *takeOver) record() {
	t.on(0, "08:40")
	t.id = t.begin(t.meng, "/cases", map[string]any{
		"pathway": "pelvic-abdominal-tumor", "sub_specialty": "gyn_oncology", "title": "Large pelvic tumor; operation elsewhere abandoned for bleeding",
		"urgency": "soon", "sex": "female", "age": 47,
		"summary": "盆腔肿物15 cm，9天前在外院开腹，因盆底静脉出血中止，纱布填塞后转回本县。现生命体征平稳，填塞物仍在位。",
		"patient": map[string]any{"name": "冯演示", "latin": "Feng Yanshi (invented)", "local_number": "SV-DEMO-0417", "birth_date": "1979"},
	})
	t.shows(t.home, "Dr. Meng opens a case: pelvic tumor, 47 y")
	t.say(t.meng, t.id, access.KindConsent, access.ConsentGiven{How: access.Written, Date: t.day(0), Text: "2025-1", Scopes: map[access.Scope]access.Answer{
		access.Consult: access.Granted, access.Images: access.Granted, access.Identity: access.Refused, access.Teaching: access.Granted, access.Research: access.Refused}})
	t.say(t.meng, t.id, casebook.KindFinding, casebook.Finding{Holds: []string{"consent"}, Note: "知情同意书（会诊、影像）。"},
		with(t.paper(t.meng, "Consent form 知情同意书", "同意会诊与影像外传；身份信息不外传。")))
	t.say(t.meng, t.id, casebook.KindOperation, casebook.Operation{Date: t.day(-9), Elsewhere: "A county hospital in the neighboring prefecture", Abandoned: true,
		AbandonReason: "Bleeding of about 1,800 mL from veins of the pelvic floor when the tumor was lifted; no vascular team, 4 U of red cells in the house",
		Note:          "Laparotomy through the midline. Tumor not removed, not biopsied beyond one piece of its capsule. Three packs left in the pelvis."}, happened(t.day(-9)))
	t.shows(t.home, "The operation elsewhere is recorded as abandoned")
	t.say(t.meng, t.id, casebook.KindFinding, casebook.Finding{Holds: []string{"operation_record", "pathology", "ultrasound", "report"}, Note: "外院手术记录、包膜组织病理（平滑肌瘤样，无异型）、超声与化验。"},
		with(t.paper(t.meng, "Operation record from elsewhere 外院手术记录", "开腹见盆腔肿物约15 cm，上托时盆底静脉丛出血约1800 mL，纱布3块填塞，中止手术。"),
			t.paper(t.meng, "Pathology 病理", "包膜组织：平滑肌瘤样细胞，未见异型及坏死。"), t.paper(t.meng, "Ultrasound and blood 超声与化验", "盆腔实性肿物15.5 cm；Hb 86 g/L。")))
	t.on(0, "14:10")
	t.say(t.meng, t.id, casebook.KindFollowUp, casebook.FollowUp{Schedule: "baseline", Date: t.day(0), Form: "examination", Values: answers(map[string]any{
		"ecog": 1, "pelvic_exam": "盆腔充满质硬肿物，达脐上二指，活动差；直肠黏膜光滑。", "nodes_exam": "未及肿大", "effusions": []string{},
		"ca125": "48.6", "he4": "51.0", "cea": "1.9", "nrs": 3})})
	whose := sitter{"FENG^YANSHI", "SV-DEMO-0417", "F", "1979"}
	images := []ledger.BlobRef{t.dicom(t.meng, whose, "CT_small.dcm", "CT, axial", t.day(0))}
	t.say(t.meng, t.id, casebook.KindImaging, casebook.Imaging{Modality: "ct", Date: t.day(0), Deidentified: true, Count: 1, Holds: []string{"dicom", "ct"},
		Description: "盆腹腔增强CT（以样例图像代替）。"}, with(images...))
	t.say(t.meng, t.id, casebook.KindFinding, casebook.Finding{Form: "imaging", Values: answers(map[string]any{"imaging_modality": "ct", "imaging_date": t.day(0), "imaging_quality": "good",
		"imaging_report": "Solid mass of 15.5 cm that fills the pelvis; left ureter dilated above it; packs in place; no ascites, no enlarged nodes.", "tumor_diameter": "15.5", "spread": []string{}})})
	t.shows(t.home, "Examination, markers, CT; packs still in place")
	t.on(1, "09:00")
	t.invites(t.deng, t.id, t.far)
	t.referral = t.say(t.meng, t.id, casebook.KindReferred, casebook.Referred{To: t.far.id, SubSpecialty: "gyn_takeover", Urgency: "soon", NeededBy: t.day(3),
		Question: "能否在我院接手完成手术？她不愿再转院。需准备什么，何时取出填塞？", Form: "referral", Values: answers(map[string]any{
			"question": "能否在我院接手？", "urgency": "soon", "needed_by": t.day(3), "wish": "不愿离开本县，家中有老人需照护。", "age": 47, "sex": "female", "height": "158.0", "weight": "55.0",
			"record_summary": "盆腔巨大肿物，外院手术因出血中止，填塞9天。", "asa": "II", "charlson_one": []string{}, "charlson_two": []string{}, "charlson_liver": false, "charlson_six": []string{},
			"smoking": "never", "anticoagulant": false, "drugs": "无", "allergy": "未发现", "hemoglobin": "86", "creatinine": "72.0", "albumin": "34.5", "crp": "22.0",
			"prior_operation": true, "prior_operation_date": t.day(-9), "prior_operation_note": "开腹探查，未切除，填塞", "abandoned_before": true, "abandoned_date": t.day(-9),
			"abandoned_hospital": "County level, neighboring prefecture", "abandoned_reason": []string{"bleeding", "lack_of_team"}, "local_means": []string{"blood", "icu"},
			"local_means_note": "监护室2张床；备血能力12 U；无血液回收机。", "tumor_site": "uterus_other", "nature": "uncertain", "symptoms": "腹胀、尿频半年", "weight_loss": "1.0",
			"menopause": "before", "wish_children": false, "family_cancer": "无", "chemotherapy": "无", "neoadjuvant_cycles": 0, "blood_group": "B", "blood_reserve": 12,
			"takeover_record": "见附件：外院手术记录", "takeover_left": "盆腔纱布填塞3块", "takeover_loss": 1800})})
	t.shows(t.home, "Refers to the women's hospital, with the old record")
	t.on(1, "13:20")
	t.say(t.tan, t.id, casebook.KindAccepted, casebook.Accepted{Person: t.shen.id, Name: t.shen.name, Role: string(people.Surgeon), By: t.day(2), Note: "Prof. Shen's team answers tomorrow."}, about(t.referral))
	t.arrives(t.shen, images...)
	t.shows(t.far, "Accepted within hours; the CT is there byte for byte")
}

func (t *takeOver) assess() {
	us := casebook.Owner{Hospital: t.home.id, Person: t.meng.id, Name: t.meng.name}
	t.on(2, "10:30")
	opinion := t.say(t.shen, t.id, casebook.KindOpinion, casebook.Opinion{Round: 1, Form: "opinion",
		Text: "可以在贵院接手。风险在盆底静脉丛与左输尿管：先控制髂内动脉，再动肿物；填塞物在台上、备血到位后取出。我院团队下周义诊途中可到。",
		Values: answers(map[string]any{"opinion": "在本院联合手术，先控制血管。", "diagnosis": "盆腔平滑肌瘤可能，侵及阔韧带", "operate_advice": "operate", "advised_procedure": "mass_removal",
			"advice_place": "expert_visit", "risks_seen": "盆底静脉再出血；左输尿管损伤；填塞超过两周感染风险增加。", "tests_wanted": "CTA；输尿管支架", "approach": "open", "debulking": "none",
			"joint_teams": []string{"urology"}}),
		Recommendations: []casebook.Recommendation{
			{ID: "r1", Text: "备红细胞8 U、血浆800 mL，借血液回收机", Owner: us, Due: t.day(7)},
			{ID: "r2", Text: "术前置左输尿管支架", Owner: us, Due: t.day(8)},
			{ID: "r3", Text: "填塞物不在病房取出", Owner: us, Due: t.day(8)}}}, about(t.referral))
	t.shows(t.far, "Risk assessment: veins and left ureter; advice")
	t.on(3, "09:00")
	t.say(t.meng, t.id, casebook.KindAdvice, casebook.Advice{Recommendation: "r1", Status: "done", Why: "红细胞10 U到位；回收机自市医院借到。"}, about(opinion))
	t.say(t.meng, t.id, casebook.KindAdvice, casebook.Advice{Recommendation: "r3", Status: "done", Why: "已告知全科，床头标识。"}, about(opinion))
	t.say(t.meng, t.id, casebook.KindAdvice, casebook.Advice{Recommendation: "r2", Status: "not_done", Why: "本院无支架，待西部大学团队带来，台上置入。"}, about(opinion))
	t.shows(t.home, "Blood is there; a stent is not: the team brings one")
}

// mission is the women's hospital's outreach visit.
func (t *takeOver) mission() {
	t.on(3, "09:30")
	t.visit = t.begin(t.xu, "/visits", map[string]any{"entries": []entry{}})
	t.invites(t.xu, t.visit, t.far)
	letter := t.paper(t.xu, "Letter of invitation 邀请函", "雪谷县医院邀请西部大学医院妇产院区团队：接手盆腔肿物手术一例，门诊与带教。（盖章）")
	proposal := t.say(t.xu, t.visit, outreach.KindProposed, outreach.Proposed{Host: t.home.id, Guest: t.far.id, Purpose: "接手中止的盆腔肿物手术；门诊；带教",
		Skill: "Gynecologic oncology, take-over of an abandoned operation", Procedures: []string{"mass_removal"}, Cases: []outreach.PatientCase{{Case: t.id, Informed: t.day(3)}},
		From: t.day(takeOverDay - 1), Until: t.day(takeOverDay + 2), Place: "手术室1", Fee: "义诊，不收费", Letter: letter.Hash, Conditions: true}, with(letter))
	t.on(4, "11:00")
	t.say(t.tan, t.visit, outreach.KindAccepted, outreach.Accepted{WithinScope: true,
		Approval: &outreach.Approval{Office: "Medical office, Western University Hospital", Number: "DEMO-2026-041", Date: t.day(4)}}, about(proposal))
	t.say(t.tan, t.visit, outreach.KindTeam, outreach.Team{Members: []outreach.Member{
		{Person: t.shen.id, Name: t.shen.name, Title: "Chief physician", Specialty: "Gynecologic oncology", License: "DEMO-510001", Part: "lead"},
		{Person: t.fang.id, Name: t.fang.name, Title: "Attending", Specialty: "Gynecologic oncology", License: "DEMO-510002", Part: "operate"}}})
	t.on(4, "15:00")
	t.say(t.xu, t.visit, outreach.KindTeam, outreach.Team{Members: []outreach.Member{{Person: t.meng.id, Name: t.meng.name, Title: "Attending", Part: "host"},
		{Person: t.ding.id, Name: t.ding.name, Title: "Resident", Part: "trainee"}}})
	for _, p := range []*person{t.shen, t.fang} {
		t.say(t.deng, t.visit, outreach.KindPrivilege, outreach.Privilege{Hospital: t.far.id, Person: p.id, Name: p.name, Procedure: "mass_removal", Level: 4, Part: people.Operate,
			From: t.time(takeOverDay-1, "08:00"), Until: t.time(takeOverDay+2, "18:00"), Supervisor: t.deng.id, Basis: "License and approval of the medical office seen"})
	}
	t.shows(t.home, "The mission: letter, approval, team, privileges")
}

// handOver is structured, and custody moves in three steps: offered, accepted, confirmed.
func (t *takeOver) handOver() {
	t.on(takeOverDay-1, "15:30")
	t.say(t.meng, t.id, casebook.KindHandOver, casebook.HandOver{To: casebook.Owner{Hospital: t.far.id, Person: t.shen.id, Name: t.shen.name},
		Situation: "47岁，盆腔肿物15 cm，外院手术中止后第17天，填塞纱布3块在位，体温正常，Hb 96 g/L（输血后）。", Background: "盆底静脉丛出血1800 mL；左肾盂轻度扩张。",
		Done: "红细胞10 U、血浆800 mL、回收机到位；术前多学科讨论完成。", Risks: []string{"取填塞时再出血：髂内动脉控制在先", "左输尿管：支架台上置入", "感染：填塞已17天，抗生素覆盖"},
		Drugs: "头孢呋辛；低分子肝素术前12小时停用", ToDo: []string{"术前核对备血", "家属谈话（联合）"}, Contact: "雪谷县医院妇科值班"})
	t.shows(t.home, "Structured hand-over at the bedside")
	offer := t.say(t.deng, t.id, ledger.KindStewardOffered, ledger.StewardOffer{Hospital: t.far.id, Reason: "take_over"})
	accepted := t.say(t.shen, t.id, ledger.KindStewardAccepted, ledger.None{}, about(offer))
	t.say(t.deng, t.id, ledger.KindStewardConfirmed, ledger.None{}, about(accepted))
	t.shows(t.far, "Custody: offered, accepted, confirmed by the giver")
	t.say(t.shen, t.visit, outreach.KindSession, outreach.Session{What: "lecture", Date: t.time(takeOverDay-1, "19:00"), Title: "接手手术的十个标准步骤", Count: 14})
	t.shows(t.far, "The ten standard steps are shown to the local team")
	t.on(takeOverDay-1, "20:30")
	plan := t.say(t.shen, t.id, casebook.KindPlan, casebook.Plan{Version: 1, Title: "开腹接手：先控制血管，再切除肿物", Form: "plan", Text: "沿原切口入腹；髂内动脉先行阻断；取填塞；显露输尿管；切除。",
		Guidance: "expert_operates_local_assists", Operator: casebook.Owner{Hospital: t.far.id, Person: t.shen.id, Name: t.shen.name}, Signers: []ledger.HospitalID{t.home.id, t.far.id},
		Steps: takeOverSteps(), Values: answers(map[string]any{"procedure": "mass_removal", "surgical_level": 4, "goal": "完整切除肿物，保护输尿管，失血<800 mL", "anesthesia": "general",
			"key_risks": "盆底静脉丛出血：髂内动脉结扎、压迫、回收。输尿管：支架。", "expected_loss": 800, "blood_plan": "红细胞10 U，回收机", "stop_rule": "失血>2500 mL或凝血恶化：再填塞，转运",
			"guidance_mode": "expert_operates_local_assists", "operator_role": "expert", "mdt_done": true, "mdt_date": t.day(takeOverDay - 2), "mdt_specialties": "妇科、麻醉、输血科、外科",
			"approach": "open", "debulking": "none", "procedures_done": []string{"mass"}, "vessel_control": []string{"internal_iliac", "clamp"}, "ureteric_stent": "left", "joint_teams": []string{"urology"}, "stoma": "none"})})
	t.say(t.shen, t.id, casebook.KindPlanSigned, casebook.PlanSigned{Meaning: "approve"}, about(plan))
	t.say(t.meng, t.id, casebook.KindPlanSigned, casebook.PlanSigned{Meaning: "approve"}, about(plan))
	t.shows(t.home, "Both teams sign the plan: vessels first, then tumor")
	t.signed = plan
	t.say(t.meng, t.id, casebook.KindScheduled, casebook.Scheduled{Date: t.time(takeOverDay, "09:00"), Hospital: t.home.id, Place: "手术室1", Procedure: "mass_removal",
		Operator: casebook.Owner{Hospital: t.far.id, Person: t.shen.id, Name: t.shen.name}, Visit: t.visit})
}

func takeOverSteps() []casebook.PlannedStep {
	return []casebook.PlannedStep{{Step: "access", Text: "原切口"}, {Step: "exploration"}, {Step: "takeover_check", Text: "填塞3块，逐块取出"}, {Step: "ureters", Text: "左侧支架"},
		{Step: "vessels", Text: "双侧髂内动脉"}, {Step: "resection"}, {Step: "residual_check"}, {Step: "hemostasis"}, {Step: "counts", Text: "含旧纱布3块"}}
}

func (t *takeOver) operate() {
	t.on(takeOverDay, "08:00")
	t.say(t.fang, t.visit, outreach.KindSession, outreach.Session{What: "operating_list", Date: t.time(takeOverDay, "09:00"), Place: "手术室1", Cases: []ledger.ThreadID{t.id}})
	t.checks(t.meng, t.id, takeOverDay, "08:20", "09:00", "13:10")
	t.on(takeOverDay, "14:00")
	local := func(p *person, step string, entrustment int64, note string) casebook.StepDone {
		return casebook.StepDone{Step: step, Done: "planned", By: p.id, Name: p.name, Entrustment: entrustment, Note: note}
	}
	t.say(t.meng, t.id, casebook.KindOperation, casebook.Operation{Date: t.time(takeOverDay, "09:00"), Procedure: "mass_removal", Form: "operation", Guidance: "expert_operates_local_assists",
		Operator:   casebook.Owner{Hospital: t.far.id, Person: t.shen.id, Name: t.shen.name},
		Assistants: []casebook.Owner{{Hospital: t.far.id, Person: t.fang.id, Name: t.fang.name}, {Hospital: t.home.id, Person: t.meng.id, Name: t.meng.name}, {Hospital: t.home.id, Person: t.ding.id, Name: t.ding.name}},
		Steps: []casebook.StepDone{local(t.meng, "access", 4, ""), {Step: "exploration", Done: "planned"}, {Step: "takeover_check", Done: "planned", Note: "旧纱布3块取出，清点无误"},
			local(t.meng, "ureters", 2, "左侧支架置入，全程显露"), {Step: "vessels", Done: "planned", Note: "双侧髂内动脉阻断38分钟"}, {Step: "resection", Done: "planned"},
			{Step: "residual_check", Done: "planned"}, local(t.meng, "hemostasis", 3, ""), local(t.ding, "counts", 4, "")},
		Values: answers(map[string]any{"sign_in": t.time(takeOverDay, "08:20"), "time_out": t.time(takeOverDay, "09:00"), "sign_out": t.time(takeOverDay, "13:10"), "incision_at": t.time(takeOverDay, "09:05"),
			"procedure": "mass_removal", "surgical_level": 4, "anesthesia": "general", "skin_to_skin": 235, "taken_over": true, "plan_followed": "fully",
			"guidance_mode": "expert_operates_local_assists", "operator_role": "expert", "trainee_part": "did_part", "zwisch": 2, "blood_loss": 400, "blood_loss_method": "measured",
			"transfused": 2, "cell_salvage": 180, "intraop_event": []string{}, "findings": "阔韧带肌瘤15.5 cm，压迫盆底静脉丛与左输尿管。", "operation_note": "血管先行，取填塞，完整切除。", "specimen": "肿物送病理",
			"approach": "open", "debulking": "none", "procedures_done": []string{"mass"}, "residual_disease": "none", "gyn_oncologist": true, "joint_teams": []string{"urology"},
			"vessel_control": []string{"internal_iliac", "clamp"}, "ureteric_stent": "left", "bowel_resection": false, "stoma": "none"})}, about(t.signed), happened(t.time(takeOverDay, "09:00")))
	t.shows(t.home, "Tumor out in one piece, 400 mL blood loss")
	t.say(t.shen, t.id, casebook.KindTeaching, casebook.Teaching{Trainee: t.meng.id, Name: t.meng.name, Mark: true, Note: "孟医师已能独立完成入腹、输尿管显露与止血；髂内动脉控制再带两例。"})
	t.on(takeOverDay+2, "10:00")
	t.say(t.meng, t.id, casebook.KindFinding, casebook.Finding{Holds: []string{"pathology"}, Note: "石蜡病理：阔韧带平滑肌瘤，未见恶性。"}, with(t.paper(t.meng, "Pathology 石蜡病理", "阔韧带平滑肌瘤，无异型。")))
	t.shows(t.home, "Pathology: leiomyoma of the broad ligament, benign")
}

// goHome gives custody back to the county, whose own team follows her up.
func (t *takeOver) goHome() {
	t.on(takeOverDay+2, "15:00")
	t.say(t.shen, t.id, casebook.KindHandOver, casebook.HandOver{To: casebook.Owner{Hospital: t.home.id, Person: t.meng.id, Name: t.meng.name},
		Situation: "术后第2天，生命体征平稳，已排气，Hb 98 g/L。", Done: "肿物完整切除；左输尿管支架在位。", Risks: []string{"血栓：低分子肝素至术后28天"}, ToDo: []string{"术后6周拔除支架", "术后30天、90天随访"}, Contact: "西部大学医院妇产院区会诊值班"})
	offer := t.say(t.shen, t.id, ledger.KindStewardOffered, ledger.StewardOffer{Hospital: t.home.id, Reason: "back_home"})
	accepted := t.say(t.deng, t.id, ledger.KindStewardAccepted, ledger.None{}, about(offer))
	t.say(t.shen, t.id, ledger.KindStewardConfirmed, ledger.None{}, about(accepted))
	t.shows(t.home, "The team leaves; custody goes back in three steps")
	t.on(takeOverDay+5, "09:00")
	t.say(t.shen, t.visit, outreach.KindReport, outreach.Report{Seen: 23, Operated: 1, Taught: 14, Cases: []ledger.ThreadID{t.id}, Text: "接手手术一例，失血400 mL，顺利。建议县医院配备血液回收机。"})
	t.say(t.xu, t.visit, outreach.KindReport, outreach.Report{Seen: 23, Operated: 1, Taught: 14, Cases: []ledger.ThreadID{t.id}, Text: "感谢团队。"})
	t.say(t.xu, t.visit, outreach.KindClosed, outreach.Closed{Outcome: "done"})
	t.on(takeOverDay+7, "10:00")
	t.appointment(t.ding, t.id, "discharge", takeOverDay+7, "Discharge: walking, no fever; local team", map[string]any{"length_of_stay": 16, "icu_days": 1, "ssi": false, "vte": false,
		"unplanned_return": false, "clavien_dindo": "II", "treated_at_home": true, "distance_saved": 2590, "recurrence": false, "ecog": 1})
	t.on(takeOverDay+30, "09:30")
	t.appointment(t.meng, t.id, "d30", takeOverDay+30, "30 days: well; no readmission", map[string]any{"ssi": false, "vte": false, "unplanned_return": false, "readmission": false,
		"clavien_dindo": "II", "recurrence": false, "ecog": 0})
	t.on(takeOverDay+43, "09:30")
	t.say(t.meng, t.id, casebook.KindFinding, casebook.Finding{Note: "左输尿管支架由本院拔除，超声示左肾无积水。"})
	t.on(takeOverDay+91, "09:30")
	t.appointment(t.meng, t.id, "d90", takeOverDay+91, "90 days: no residue, kidney normal, back at work", map[string]any{"clavien_90": "II", "recurrence": false, "ecog": 0, "ca125": "12.4", "satisfaction": 10, "back_to_work": true})
}
