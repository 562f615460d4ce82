// What pages need of the verification.
export { TrustError, type TrustCode } from "./error";
export { parseBundle } from "./bundle";
export { verify, type EnrolledKey, type Expected, type Verified } from "./verify";
