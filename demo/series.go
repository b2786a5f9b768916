package demo

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"consilium/people"
	"consilium/terms"
)

//go:embed history/*.yaml
var mappings embed.FS

// seriesStory: four hospitals bring their history, 240 decompressions, each as its own table with its own mapping.
func seriesStory(s *story) {
	s.on(0, "08:00")
	var ordered []int64
	for i, p := range practices {
		ordered = append(ordered, s.brings(p, i))
	}
	for i, p := range practices {
		if s.err == nil {
			s.err = s.imported(s.at(p.key), ordered[i])
		}
	}
	s.imports = len(practices) * perHospital
	s.compares()
}

// brings has a hospital's head of department order the import of its register, and gives the job's number.
func (s *story) brings(p practice, index int) int64 {
	if s.err != nil {
		return 0
	}
	h := s.at(p.key)
	mapping, err := mappings.ReadFile("history/" + p.mapping + ".yaml")
	if err != nil {
		s.err = err
		return 0
	}
	table, err := tableOf(p, register(p, index, s.first))
	if err == nil {
		err = s.keep(p.key, mapping, table)
	}
	var order struct{ Job int64 }
	if err == nil {
		err = h.head().post(s.ctx, "/imports", map[string]any{"mapping": string(mapping), "csv": string(table)}, &order)
	}
	if err != nil {
		s.err = fmt.Errorf("%s, its history: %w", h.name, err)
	}
	return order.Job
}

// imported waits for the job and wants every row of it.
func (s *story) imported(h *hospital, job int64) error {
	var state struct {
		State, Note, Error string
		Done, Total        int64
		Finished           bool
	}
	err := s.until(s.ctx, h, "the import at "+h.short, func() (bool, error) {
		err := h.head().get(s.ctx, "/jobs/"+strconv.FormatInt(job, 10), &state)
		return state.Finished, err
	})
	if err != nil {
		return fmt.Errorf("%s, %d of %d rows: %w", h.name, state.Done, state.Total, err)
	}
	var list struct{ Items []struct{ State string } }
	if err := h.head().get(s.ctx, "/cases?pathway=hfs-mvd&limit=200", &list); err != nil {
		return err
	}
	if state.Error != "" || len(list.Items) < perHospital {
		return fmt.Errorf("%s, %d cases of %d rows: %s %s", h.name, len(list.Items), perHospital, state.Note, state.Error)
	}
	s.shows(h, "%d decompressions imported from its register", perHospital)
	return nil
}

// head is the hospital's head of department.
func (h *hospital) head() *person {
	for _, p := range h.staff {
		if p.is(people.HeadOfDepartment) {
			return p
		}
	}
	return nil
}

// keep writes table and mapping beside the hospitals' folders, for who wants to look at them or bring a table of their own.
func (s *story) keep(key string, mapping, table []byte) error {
	dir := filepath.Join(s.o.Dir, "history")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, key+".yaml"), mapping, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, key+".csv"), table, 0o600)
}

// tableOf writes a register as its hospital does: in English with commas, or in Chinese with semicolons, other dates and g/dL.
func tableOf(p practice, rows []patient) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	head, cell := columnsOf, func(column, value string) string { return value }
	if p.mapping == "chinese" {
		w.Comma = ';'
		head, cell = chineseHead(), inChinese
	}
	if err := w.Write(head); err != nil {
		return nil, err
	}
	for _, r := range rows {
		line := make([]string, 0, len(columnsOf))
		for _, column := range columnsOf {
			line = append(line, cell(column, r[column]))
		}
		if err := w.Write(line); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

func chineseHead() (head []string) {
	for _, column := range columnsOf {
		head = append(head, chineseColumns[column])
	}
	return head
}

// inChinese writes a cell as the Chinese register does.
func inChinese(column, value string) string {
	if day, err := terms.ParseDay(value, time.UTC); err == nil {
		return day.Format("2006/1/2")
	}
	if n, err := strconv.Atoi(value); column == "hb" && err == nil {
		return fmt.Sprintf("%.1f", float64(n)/10)
	}
	if column == "vessel" {
		parts := strings.Split(value, "+")
		for i := range parts {
			parts[i] = chineseCells[parts[i]]
		}
		return strings.Join(parts, "、")
	}
	if word, ok := chineseCells[value]; ok {
		return word
	}
	return value
}
