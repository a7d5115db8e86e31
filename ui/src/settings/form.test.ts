import { describe, expect, it } from "vitest";

import { host, isOpen, list, outsideAddress, port } from "./form.svelte";

describe("what is typed into the settings", () => {
  it("lists groups however they are separated", () => {
    expect(list("300, 301;302  303")).toEqual(["300", "301", "302", "303"]);
    expect(list("  ")).toEqual([]);
  });

  it("warns of addresses that are open to a network, not of this computer's own", () => {
    for (const open of ["http://mis.example/api", "HTTP://10.0.0.5:8080", " http://user@mis/ "]) expect(isOpen(open), open).toBe(true);
    for (const closed of ["https://mis.example", "http://127.0.0.1:8080/fhir", "http://localhost", "http://[::1]:80", "http://", ""]) expect(isOpen(closed), closed).toBe(false);
  });

  it("parts an address at its port, also an IPv6 one", () => {
    expect([host("0.0.0.0:8082"), port("0.0.0.0:8082")]).toEqual(["0.0.0.0", "8082"]);
    expect([host("[::]:8082"), port("[::]:8082")]).toEqual(["[::]", "8082"]);
  });

  it("shows the address for what the fields say, before it is saved", () => {
    const suggested = "http://192.168.1.20:8082/mangotelecom";
    expect(outsideAddress(suggested, { port: "9000", path: "/calls", tls: "off" })).toBe("http://192.168.1.20:9000/calls");
    expect(outsideAddress(suggested, { port: "8082", path: "mangotelecom", tls: "self-signed" })).toBe("https://192.168.1.20:8082/mangotelecom");
    expect(outsideAddress("http://[fe80::1]:8082/x", { port: "1", path: "/x", tls: "off" })).toBe("http://[fe80::1]:1/x");
  });
});
