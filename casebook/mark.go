package casebook

import "consilium/lang"

// Mark says what is odd about an entry. It stops a writer and stands beside the entry at a reader.
type Mark struct {
	Code string
	Text lang.Text
}

func mark(code string) Mark {
	text, ok := markTexts[code]
	if !ok {
		text = lang.Same(code)
	}
	return Mark{code, text}
}

// when gives the mark if the condition holds.
func when(odd bool, code string) []Mark {
	if odd {
		return []Mark{mark(code)}
	}
	return nil
}

var markTexts = map[string]lang.Text{
	"form":               {En: "something that this kind of entry needs is missing or not in form", Zh: "内容缺项或格式不符"},
	"not-opened":         {En: "the case has not been opened yet", Zh: "病例尚未建立"},
	"opened-twice":       {En: "the case was opened already", Zh: "病例已建立，重复建立"},
	"not-opener":         {En: "not said by the hospital that began the thread", Zh: "非发起医院所写"},
	"closed":             {En: "said after the case was closed", Zh: "病例已关闭后所写"},
	"not-closed":         {En: "the case is not closed", Zh: "病例并未关闭"},
	"not-custodian":      {En: "not said by the hospital that has custody of the case", Zh: "非病例管理医院所写"},
	"refers-to-itself":   {En: "a referral inside the hospital names the sub-specialty or the person", Zh: "院内转诊须注明亚专科或医师"},
	"not-a-member":       {En: "the hospital does not take part in this case: invite it first", Zh: "该医院未参与本病例，请先邀请"},
	"packet-gaps":        {En: "sent with an incomplete packet and no reason", Zh: "资料不完整且未说明原因"},
	"no-referral":        {En: "it names no referral of this case", Zh: "未指明本病例的转诊"},
	"not-asked":          {En: "said by a hospital that this referral did not ask", Zh: "非该转诊所邀请的医院"},
	"not-referrer":       {En: "only the hospital that sent the referral may withdraw it", Zh: "仅发出转诊的医院可撤回"},
	"referral-answered":  {En: "the referral was answered already", Zh: "该转诊已答复"},
	"referral-withdrawn": {En: "the referral had been withdrawn", Zh: "该转诊已撤回"},
	"not-accepted":       {En: "an opinion without an accepted referral to this hospital", Zh: "无本院已接受的转诊即出具会诊意见"},
	"round":              {En: "the round does not follow the one before", Zh: "会诊轮次不连续"},
	"no-question":        {En: "it names no question of this case", Zh: "未指明本病例的提问"},
	"question-other":     {En: "the question was put to another hospital", Zh: "该提问的对象是其他医院"},
	"no-recommendation":  {En: "it names no recommendation of this case", Zh: "未指明本病例的建议"},
	"not-owner":          {En: "said by a hospital that the recommendation is not for", Zh: "非该建议的负责医院"},
	"version":            {En: "the version does not count on from the one before", Zh: "方案版本号不连续"},
	"not-newest":         {En: "a new version names every version that it replaces", Zh: "新版本须指明所替代的全部版本"},
	"custodian-signs":    {En: "the hospital that has custody is not among those who sign", Zh: "签署方未包含病例管理医院"},
	"signer-member":      {En: "a hospital that is asked to sign takes no part in this case", Zh: "须签署的医院未参与本病例"},
	"no-plan":            {En: "it names no plan of this case", Zh: "未指明本病例的方案"},
	"plan-replaced":      {En: "another version of the plan stands: this one is not the newest", Zh: "该方案并非最新版本"},
	"plan-disputed":      {En: "two versions of the plan stand side by side: write one that names both", Zh: "两个方案版本并存，请先写出合并两者的版本"},
	"plan-changed":       {En: "the plan was corrected after it was said: sign a new version", Zh: "方案已被更正，请签署新版本"},
	"signed-twice":       {En: "this hospital has signed already", Zh: "本院已签署"},
	"unsigned":           {En: "operated without a signed plan", Zh: "无已签署方案即手术"},
	"no-operation":       {En: "no operation of this case is recorded", Zh: "本病例尚无手术记录"},
	"safety-twice":       {En: "this part of the checklist was recorded already", Zh: "该核查环节已记录"},
	"follow-up-twice":    {En: "this follow-up was recorded already: correct that one", Zh: "该次随访已记录，请更正原记录"},
	"identity-blob":      {En: "who the patient is stands in one sealed attachment of scope “identity”", Zh: "患者身份须置于一个加密附件（范围：identity）"},
	"image-scope":        {En: "an attached image has the scope “images”, a recording “recording”", Zh: "影像附件的范围须为 images，录像为 recording"},
	"image-named":        {En: "images that still name the patient are attached sealed", Zh: "未去标识的影像须加密附上"},
	"image-none":         {En: "the packet is said to hold something, and nothing is attached", Zh: "声明含有资料，但无附件"},
	"no-reminder":        {En: "it names no reminder of this case", Zh: "未指明本病例的提醒"},
}
