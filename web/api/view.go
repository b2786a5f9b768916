package api

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"consilium/record"
)

// Joined is the JSON of a thread: what is known of it as a whole, and beside that what the kinds of its entries declare ([record.View]).
func Joined(whole any, views []record.Viewed) ([]byte, error) {
	head, err := json.Marshal(whole)
	if err != nil {
		return nil, fmt.Errorf("writing a thread: %w", err)
	}
	out := bytes.NewBuffer(bytes.TrimSuffix(head, []byte("}")))
	for _, v := range views {
		value, err := json.Marshal(v.Value)
		if err != nil {
			return nil, fmt.Errorf("writing the %s of a thread: %w", v.Name, err)
		}
		fmt.Fprintf(out, ",%q:%s", v.Name, value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// DescribeJoined adds to the schema of what is known of a thread as a whole what the kinds of its entries declare.
func DescribeJoined(r huma.Registry, whole *huma.Schema, talk *record.Talk) *huma.Schema {
	for _, k := range talk.Kinds {
		for _, v := range k.Views {
			whole.Properties[v.Name] = r.Schema(v.Type, true, v.Name)
			whole.Required = append(whole.Required, v.Name)
		}
	}
	return whole
}
