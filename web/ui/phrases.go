package ui

import (
	"context"

	"consilium/lang"
)

type languageKey struct{}

// WithLanguage tells every component below in which language its own few words are said. Page does
// it by itself; a handler that renders a fragment does it before. Without it they are English.
func WithLanguage(ctx context.Context, l lang.Language) context.Context {
	return context.WithValue(ctx, languageKey{}, l)
}

func chinese(ctx context.Context) bool {
	l, _ := ctx.Value(languageKey{}).(lang.Language)
	return l == lang.Chinese
}

// say returns the components' own words; what a page says comes in already translated.
func say(ctx context.Context, key string) string {
	p, ok := phrases[key]
	if !ok {
		panic("ui: no phrase " + key)
	}
	if chinese(ctx) {
		return p.zh
	}
	return p.en
}

var phrases = map[string]struct{ en, zh string }{
	"skip":           {"Skip to content", "跳到正文"},
	"main":           {"Main", "主导航"},
	"menu":           {"Menu", "菜单"},
	"account":        {"Account", "账户"},
	"theme":          {"Appearance", "外观"},
	"light":          {"Light", "浅色"},
	"dark":           {"Dark", "深色"},
	"auto":           {"Auto", "自动"},
	"sign-out":       {"Sign out", "退出登录"},
	"settings":       {"Settings", "设置"},
	"other-language": {"中文", "English"},
	"offline":        {"The connection to the hospital's node is lost.", "与本院节点的连接已中断。"},
	"offline-kept":   {"What you type is kept in this browser and sent when the line is back.", "您输入的内容会保留在本浏览器中，恢复连接后自动发送。"},
	"news":           {"Something new has arrived", "有新内容"},
	"unbuilt":        {"The style sheets were not built into this program.", "此程序未包含样式文件。"},
	"unbuilt-do":     {"Everything works, without its looks. Run make build.", "功能可用，但缺少样式。请运行 make build。"},
	"stages":         {"Where this case stands", "病例所处阶段"},
	"done":           {"done", "已完成"},
	"now":            {"now", "当前"},
	"stopped":        {"stopped", "已中止"},
	"skipped":        {"not needed", "不需要"},
	"of":             {"of", "/"},
	"timeline":       {"Timeline", "时间线"},
	"late":           {"Arrived late", "延迟到达"},
	"next":           {"Next step", "下一步"},
	"overdue":        {"Overdue", "已逾期"},
	"optional":       {"optional", "选填"},
	"missing":        {"No value?", "无数值？"},
	"choose":         {"Choose", "请选择"},
	"because":        {"Say why", "说明原因"},
	"unknown":        {"Unknown", "未知"},
	"not-done":       {"Not done", "未做"},
	"refused":        {"Refused", "患者拒绝"},
	"not-applicable": {"Not applicable", "不适用"},
	"definition":     {"Definition and source", "定义与来源"},
	"between":        {"Between", "范围"},
	"at-least":       {"At least", "不小于"},
	"at-most":        {"At most", "不大于"},
	"and":            {"and", "至"},
	"partial-date":   {"Year, month or day: 2026, 2026-11 or 2026-11-21", "年、月或日：2026、2026-11 或 2026-11-21"},
	"not-yet":        {"Not enough answers yet", "填写尚不完整"},
	"points":         {"points", "分"},
	"yes":            {"Yes", "是"},
	"no":             {"No", "否"},
	"saving":         {"Saving", "正在保存"},
	"saved":          {"Draft saved {time}", "草稿已于 {time} 保存"},
	"kept":           {"Kept in this browser; the node does not answer", "已保存在本浏览器；节点暂无响应"},
	"changed":        {"Not saved yet", "尚未保存"},
	"draft":          {"Your draft", "您的草稿"},
	"evaluate":       {"Show the questions that follow", "显示后续问题"},
	"problems":       {"Please check these answers. Everything you typed is still here.", "请检查以下内容。您填写的内容都已保留。"},
	"previous":       {"Previous", "上一页"},
	"next-page":      {"Next", "下一页"},
	"pages":          {"Pages", "分页"},
	"search":         {"Search", "搜索"},
	"apply":          {"Apply", "应用"},
	"all":            {"All", "全部"},
	"cancel":         {"Cancel", "取消"},
	"granted":        {"granted", "已同意"},
	"withdrawn":      {"withdrawn", "已撤回"},
	"open":           {"not asked yet", "尚未询问"},
	"not-shared":     {"not shared", "不共享"},
	"signed":         {"Signed", "已签署"},
	"waiting":        {"Waiting", "待签署"},
	"declined":       {"Declined", "已拒绝"},
	"outdated":       {"Signed an earlier version", "签署的是较早版本"},
	"signatures":     {"Signatures", "签名"},
	"added":          {"added", "新增"},
	"removed":        {"removed", "删除"},
	"map":            {"Map of the network", "网络地图"},
	"today":          {"Today", "今天"},
	"invented":       {"Invented for the demo", "演示用虚构数据"},
}
