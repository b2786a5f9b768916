// Writes the segmentations of this folder with DCMTK's own library (Debian: libdcmtk-dev 3.6.7, the library that dcmqi and 3D Slicer write with):
//   g++ -O1 -o peer peer.cc $(pkg-config --libs dcmtk) -ldcmseg -ldcmfg -ldcmiod && ./peer
// Frames are a part of the slices (12 x 10 of 24 x 20), mirrored from right to left, from the last slice to the first, and one slice is left out.
// (The size is a multiple of 8 pixels: DCMTK 3.6.7 puts frames of other sizes wrongly together. The unaligned case is what our own writer makes in derived_test.go.)
// A pixel's number is (7 row + 3 column + 5 slice + segment) mod 16; binary: set where it is not a multiple of 4; fractional: 17 times it, of 255.
#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctk.h"
#include "dcmtk/dcmfg/fgfracon.h"
#include "dcmtk/dcmfg/fgpixmsr.h"
#include "dcmtk/dcmfg/fgplanor.h"
#include "dcmtk/dcmfg/fgplanpo.h"
#include "dcmtk/dcmseg/segdoc.h"
#include "dcmtk/dcmseg/segment.h"
#include <cstdio>
#include <cstdlib>

static void must(OFCondition c) {
  if (c.bad()) { fprintf(stderr, "%s\n", c.text()); exit(1); }
}

static void make(bool fractional, const char *file) {
  const Uint16 rows = 10, columns = 12;
  IODGeneralEquipmentModule::EquipmentInfo equipment("Peer", "dcmseg", "1", "3.6.7");
  ContentIdentificationMacro *made = NULL;
  must(ContentIdentificationMacro::create("1", "PEER", "of a peer", "", made));
  ContentIdentificationMacro content(*made);
  delete made;
  DcmSegmentation *seg = NULL;
  must(fractional ? DcmSegmentation::createFractionalSegmentation(seg, rows, columns, DcmSegTypes::SFT_PROBABILITY, 255, equipment, content)
                  : DcmSegmentation::createBinarySegmentation(seg, rows, columns, equipment, content));
  const char *labels[] = {"femur", "screw"};
  for (int s = 0; s < (fractional ? 1 : 2); s++) {
    DcmSegment *segment = NULL;
    CodeSequenceMacro category("123037004", "SCT", "Anatomical Structure"), type("71341001", "SCT", "Femur");
    must(DcmSegment::create(segment, labels[s], category, type, DcmSegTypes::SAT_AUTOMATIC, "peer"));
    Uint16 number;
    must(seg->addSegment(segment, number));
  }
  FGPixelMeasures measures;
  must(measures.setPixelSpacing("0.75\\0.5"));
  must(measures.setSliceThickness("1.25"));
  must(measures.setSpacingBetweenSlices("1.25"));
  must(seg->addForAllFrames(measures));
  FGPlaneOrientationPatient orientation;
  must(orientation.setImageOrientationPatient("-1", "0", "0", "0", "1", "0"));
  must(seg->addForAllFrames(orientation));
  for (int s = 1; s <= (fractional ? 1 : 2); s++)
    for (int k = 8; k >= 2; k--) {
      if (k == 5) continue;
      Uint8 pixels[rows * columns];
      for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) {
          int n = (7 * r + 3 * c + 5 * k + s) % 16;
          pixels[r * columns + c] = fractional ? 17 * n : n % 4 != 0;
        }
      FGPlanePosPatient position;
      char z[32];
      snprintf(z, sizeof z, "%g", 900 + 1.25 * k);
      must(position.setImagePositionPatient("-94", "-30.25", z)); // voxel (15, 4, k)
      FGFrameContent *frame = new FGFrameContent;
      must(frame->setDimensionIndexValues(s, 0));
      must(frame->setDimensionIndexValues(k + 1, 1));
      OFVector<FGBase *> groups;
      groups.push_back(&position);
      groups.push_back(frame);
      must(seg->addFrame(pixels, s, groups));
      delete frame;
    }
  IODMultiframeDimensionModule &dimensions = seg->getDimensions();
  must(dimensions.addDimensionIndex(DCM_ReferencedSegmentNumber, "1.2.3.4", DCM_SegmentIdentificationSequence, ""));
  must(dimensions.addDimensionIndex(DCM_ImagePositionPatient, "1.2.3.4", DCM_PlanePositionSequence, ""));
  must(seg->getFrameOfReference().setFrameOfReferenceUID("2.25.78"));
  must(seg->getPatient().setPatientID("P1"));
  must(seg->getStudy().setStudyInstanceUID("2.25.77"));
  seg->getSeries().setSeriesNumber("1");
  must(seg->saveFile(file));
  delete seg;
}

int main() {
  make(false, "peer-binary.dcm");
  make(true, "peer-fractional.dcm");
  return 0;
}
