// Which earlier series is compared with one: of the same region of the body, then made in the same way, then the newest, then of the nearest number of images.

/** What a header tells of a series. */
export interface Comparable {
  study: { uid: string; at?: string };
  modality?: string;
  part?: string;
  slices: { length: number };
}

/** Regions of the body by the words of Body Part Examined (PS3.16 annex L), as far as they are used of images that are compared. A word may be of two regions. */
const regions: Record<string, string> = {
  head: "HEAD SKULL BRAIN FACE ORBIT EYE SINUS IAC EAR JAW MANDIBLE MAXILLA TMJ ZYGOMA NOSE PITUITARY HEADNECK CEREBRUM",
  neck: "NECK CSPINE CERVICAL THYROID LARYNX PHARYNX CAROTID HEADNECK CTSPINE",
  chest: "CHEST THORAX LUNG RIB STERNUM HEART MEDIASTINUM BREAST TSPINE CTSPINE TLSPINE CHESTABDOMEN CHESTABDPELVIS",
  abdomen: "ABDOMEN LIVER KIDNEY PANCREAS SPLEEN LSPINE TLSPINE LSSPINE CHESTABDOMEN CHESTABDPELVIS ABDOMENPELVIS",
  pelvis: "PELVIS HIP SACRUM SSPINE LSSPINE COCCYX BLADDER PROSTATE UTERUS CHESTABDPELVIS ABDOMENPELVIS",
  arm: "SHOULDER CLAVICLE SCAPULA HUMERUS ELBOW FOREARM RADIUS ULNA WRIST HAND FINGER THUMB ARM UPPERARM",
  leg: "FEMUR THIGH KNEE PATELLA TIBIA FIBULA LOWERLEG CALF ANKLE FOOT TOE HEEL CALCANEUS LEG",
};

const regionsOf = (part: string | undefined): string[] => {
  const word = (part ?? "").toUpperCase().replace(/[^A-Z]/g, "");
  return Object.keys(regions).filter((r) => (regions[r] as string).split(" ").includes(word));
};

/** How near two parts of the body are: 0 one word, 1 one region, 2 not known, 3 elsewhere. */
export function apart(a: string | undefined, b: string | undefined): number {
  if (!a || !b) return 2;
  if (a.toUpperCase() === b.toUpperCase()) return 0;
  const [one, other] = [regionsOf(a), regionsOf(b)];
  if (one.length === 0 || other.length === 0) return 2;
  return one.some((r) => other.includes(r)) ? 1 : 3;
}

/** The earlier series to set beside one; undefined: none. Of another region is never one, and where a region is not known only one that was made in the same way. */
export function priorOf<S extends Comparable>(s: S, all: S[]): S | undefined {
  const before = all.filter((p) => p.study.uid !== s.study.uid && p.study.at && s.study.at && p.study.at < s.study.at && p.slices.length > 0);
  const fits = before.filter((p) => apart(p.part, s.part) < 2 || (apart(p.part, s.part) === 2 && p.modality === s.modality));
  const rank = (p: S): [number, number] => [apart(p.part, s.part), p.modality === s.modality ? 0 : 1];
  return fits.sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    const days = (b.study.at as string).localeCompare(a.study.at as string);
    return x[0] - y[0] || x[1] - y[1] || days || Math.abs(a.slices.length - s.slices.length) - Math.abs(b.slices.length - s.slices.length);
  })[0];
}
