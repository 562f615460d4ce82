// Which server the tests look at: BASE_URL, such as http://127.0.0.1:8080. They start none.

export const BASE_URL = (() => {
  const url = process.env.BASE_URL;
  if (url === undefined || url === "") throw new Error("set BASE_URL to the address of a running server");
  return url.replace(/\/$/, "");
})();
