package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"consilium/imaging/dicom"
)

// columns are what the index compares of an instance, its series and its study.
type columns struct {
	patientID, patientName, birthDate, sex                  string
	studyDate, studyTime, accession, studyID, study         string
	referring                                               string
	modality, seriesNumber, series, bodyPart, performedDate string
	performedTime                                           string
	number                                                  string
	position                                                int
}

func columnsOf(d *dicom.Dataset) columns {
	position, _ := d.Int(dicom.InstanceNumber)
	return columns{
		patientID: d.String(dicom.PatientID), patientName: foldName(d.String(dicom.PatientName)), birthDate: plainDate(d.String(dicom.PatientBirthDate)),
		sex: d.String(dicom.PatientSex), studyDate: plainDate(d.String(dicom.StudyDate)), studyTime: plainTime(d.String(dicom.StudyTime)),
		accession: d.String(dicom.AccessionNumber), studyID: d.String(dicom.StudyID), study: d.String(dicom.StudyDescription),
		referring: foldName(d.String(ReferringPhysicianName)), modality: d.String(dicom.Modality), seriesNumber: d.String(dicom.SeriesNumber),
		series: d.String(dicom.SeriesDescription), bodyPart: d.String(dicom.BodyPartExamined), performedDate: plainDate(d.String(PerformedProcedureStepDate)),
		performedTime: plainTime(d.String(PerformedProcedureStepTime)), number: d.String(dicom.InstanceNumber), position: position,
	}
}

// insert writes an instance's row, and those of its series and study if they are new. What refuses it is found before anything is written and goes into
// p.Err: somebody else may have stored an instance under its UID since it was looked for, and a series belongs to one study, or its images would be
// shown with the wrong patient. An error is one of the database.
func (p *prepared) insert(ctx context.Context, tx *sql.Tx) error {
	known, err := find(ctx, tx, p.UID)
	switch {
	case err == nil && known.Blob == p.Blob:
		p.Outcome = Same
		return nil
	case err == nil:
		p.Err = fmt.Errorf("instance %s: %w", p.UID, ErrDuplicate)
		return nil
	case !errors.Is(err, ErrNotFound):
		return err
	}
	study, err := p.studyOfSeries(ctx, tx)
	if err != nil {
		return err
	}
	if study != "" && study != p.Study {
		p.Err = fmt.Errorf("the series of instance %s belongs to study %s: %w", p.UID, study, ErrMismatch)
		return nil
	}
	if err := p.count(ctx, tx, study == ""); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO image_instance (sop_uid, series_uid, study_uid, sop_class, transfer, number, position, frames, blob, size, data_offset,
		attributes, received_ms, received_from) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		p.UID, p.Series, p.Study, p.Class, p.Transfer, p.columns.number, p.columns.position, p.Frames, p.Blob[:], p.Size, p.Offset,
		p.rows[Instances], p.now, p.arrival.From)
	return err
}

// studyOfSeries is the study that the index has the series in, "" if the series is new.
func (p *prepared) studyOfSeries(ctx context.Context, tx *sql.Tx) (study string, err error) {
	err = tx.QueryRowContext(ctx, `SELECT study_uid FROM image_series WHERE series_uid = $1`, p.Series).Scan(&study)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return study, err
}

// count adds the instance to its study and series, which are made if they are new.
func (p *prepared) count(ctx context.Context, tx *sql.Tx, newSeries bool) error {
	done, err := tx.ExecContext(ctx, `UPDATE image_study SET instance_count = instance_count + 1, changed_ms = $1 WHERE study_uid = $2`, p.now, p.Study)
	if err != nil {
		return err
	}
	here, err := done.RowsAffected()
	if err == nil && here == 0 {
		err = p.insertStudy(ctx, tx)
	}
	if err != nil {
		return err
	}
	if newSeries {
		return p.insertSeries(ctx, tx)
	}
	_, err = tx.ExecContext(ctx, `UPDATE image_series SET instance_count = instance_count + 1 WHERE series_uid = $1`, p.Series)
	return err
}

func (p *prepared) insertStudy(ctx context.Context, tx *sql.Tx) error {
	c := p.columns
	_, err := tx.ExecContext(ctx, `INSERT INTO image_study (study_uid, patient_id, patient_name, birth_date, sex, study_date, study_time, accession, study_id, description,
		referring, modalities, series_count, instance_count, attributes, received_ms, changed_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '|', 0, 1, $12, $13, $13)`,
		p.Study, c.patientID, c.patientName, c.birthDate, c.sex, c.studyDate, c.studyTime, c.accession, c.studyID, c.study, c.referring, p.rows[Studies], p.now)
	return err
}

func (p *prepared) insertSeries(ctx context.Context, tx *sql.Tx) error {
	c := p.columns
	_, err := tx.ExecContext(ctx, `INSERT INTO image_series (series_uid, study_uid, modality, number, description, body_part, performed_date, performed_time, instance_count, attributes)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)`, p.Series, p.Study, c.modality, c.seriesNumber, c.series, c.bodyPart, c.performedDate, c.performedTime, p.rows[Series])
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE image_study SET series_count = series_count + 1,
		modalities = CASE WHEN modalities LIKE $1 THEN modalities ELSE modalities || $2 END WHERE study_uid = $3`, "%|"+c.modality+"|%", c.modality+"|", p.Study)
	return err
}
