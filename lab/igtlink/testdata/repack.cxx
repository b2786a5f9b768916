// Reads OpenIGTLink messages from the standard input with libopenigtlink, checksums verified, takes their fields out, packs new messages of the
// fields and writes them to the standard output: what comes back has to be what was sent.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>
#include "igtlImageMessage.h"
#include "igtlMessageHeader.h"
#include "igtlPointMessage.h"
#include "igtlPolyDataMessage.h"
#include "igtlPositionMessage.h"
#include "igtlStatusMessage.h"
#include "igtlStringMessage.h"
#include "igtlTransformMessage.h"

template <class M> typename M::Pointer read(igtl::MessageHeader::Pointer h) {
  typename M::Pointer m = M::New();
  m->SetMessageHeader(h);
  m->AllocatePack();
  if (fread(m->GetPackBodyPointer(), 1, m->GetPackBodySize(), stdin) != (size_t)m->GetPackBodySize()) exit(3);
  if (!(m->Unpack(1) & igtl::MessageHeader::UNPACK_BODY)) { fprintf(stderr, "%s does not unpack\n", h->GetDeviceType()); exit(4); }
  return m;
}

template <class M> void write(M m, igtl::MessageHeader::Pointer h) {
  igtl::TimeStamp::Pointer ts = igtl::TimeStamp::New();
  h->GetTimeStamp(ts);
  m->SetTimeStamp(ts);
  m->SetDeviceName(h->GetDeviceName());
  m->Pack();
  fwrite(m->GetPackPointer(), 1, m->GetPackSize(), stdout);
}

int main() {
  for (;;) {
    igtl::MessageHeader::Pointer h = igtl::MessageHeader::New();
    h->InitPack();
    if (fread(h->GetPackPointer(), 1, h->GetPackSize(), stdin) != (size_t)h->GetPackSize()) return 0;
    h->Unpack();
    std::string type = h->GetDeviceType();
    if (type == "TRANSFORM") {
      igtl::TransformMessage::Pointer in = read<igtl::TransformMessage>(h), out = igtl::TransformMessage::New();
      igtl::Matrix4x4 m;
      in->GetMatrix(m);
      out->SetMatrix(m);
      write(out, h);
    } else if (type == "POSITION") {
      igtl::PositionMessage::Pointer in = read<igtl::PositionMessage>(h), out = igtl::PositionMessage::New();
      float p[3], q[4];
      in->GetPosition(p);
      in->GetQuaternion(q);
      out->SetPackType(igtl::PositionMessage::ALL);
      out->SetPosition(p);
      out->SetQuaternion(q);
      write(out, h);
    } else if (type == "STATUS") {
      igtl::StatusMessage::Pointer in = read<igtl::StatusMessage>(h), out = igtl::StatusMessage::New();
      out->SetCode(in->GetCode());
      out->SetSubCode(in->GetSubCode());
      out->SetErrorName(in->GetErrorName());
      out->SetStatusString(in->GetStatusString());
      write(out, h);
    } else if (type == "STRING") {
      igtl::StringMessage::Pointer in = read<igtl::StringMessage>(h), out = igtl::StringMessage::New();
      out->SetEncoding(in->GetEncoding());
      out->SetString(in->GetString());
      write(out, h);
    } else if (type == "POINT") {
      igtl::PointMessage::Pointer in = read<igtl::PointMessage>(h), out = igtl::PointMessage::New();
      for (int i = 0; i < in->GetNumberOfPointElement(); i++) {
        igtl::PointElement::Pointer e;
        in->GetPointElement(i, e);
        out->AddPointElement(e);
      }
      write(out, h);
    } else if (type == "POLYDATA") {
      igtl::PolyDataMessage::Pointer in = read<igtl::PolyDataMessage>(h), out = igtl::PolyDataMessage::New();
      out->SetPoints(in->GetPoints());
      out->SetVertices(in->GetVertices());
      out->SetLines(in->GetLines());
      out->SetPolygons(in->GetPolygons());
      out->SetTriangleStrips(in->GetTriangleStrips());
      for (int i = 0; i < in->GetNumberOfAttributes(); i++) out->AddAttribute(in->GetAttribute(i));
      write(out, h);
    } else if (type == "IMAGE") {
      igtl::ImageMessage::Pointer in = read<igtl::ImageMessage>(h), out = igtl::ImageMessage::New();
      int size[3], sub[3], offset[3];
      float spacing[3];
      igtl::Matrix4x4 m;
      in->GetDimensions(size);
      in->GetSubVolume(sub, offset);
      in->GetSpacing(spacing);
      in->GetMatrix(m);
      out->SetDimensions(size);
      out->SetSubVolume(sub, offset);
      out->SetSpacing(spacing);
      out->SetScalarType(in->GetScalarType());
      out->SetNumComponents(in->GetNumComponents());
      out->SetEndian(in->GetEndian());
      out->SetCoordinateSystem(in->GetCoordinateSystem());
      out->AllocateScalars();
      out->SetMatrix(m);
      memcpy(out->GetScalarPointer(), in->GetScalarPointer(), in->GetSubVolumeImageSize());
      write(out, h);
    } else {
      fprintf(stderr, "%s is not known here\n", type.c_str());
      return 5;
    }
    fflush(stdout);
  }
}
