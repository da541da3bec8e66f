"""
The loader over the network: PXE from QEMU's own TFTP server, and HTTP boot from a server here that the machine reaches through
QEMU's user network. Files and entries come from where the loader came from.
"""

import gzip
import hashlib
import http.server
import os
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import uuid

import dhcp6
import edk2_variables
import keys
from harness import TOP, dependency, image, register, trust


def tree(directory, arch, files=None, remove=(), entry=None, keys=None, tampered=None):
    """The files of an image as a directory that a server offers, with the lists that stand for directories."""
    build = os.path.join(TOP, "build", f"{arch}-gcc-debug")
    payload = image.Payload()
    payload.add_system(arch, os.path.join(build, image.EFI_FILES[arch]), os.path.join(build, "kernel.elf"),
                       os.path.join(build, "initramfs.cpio"), "verbose exit=qemu", entry=entry)
    for path, data in (files or {}).items():
        payload.add_bytes(path, data)
    for path in remove:
        payload.remove(path)
    if keys:
        trust.sign_payload(payload, keys)
    for path, data in (tampered or {}).items():
        payload.add_bytes(path, data)
    for path, source in payload.files.items():
        target = os.path.join(directory, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if isinstance(source, bytes):
            with open(target, "wb") as f:
                f.write(source)
        else:
            shutil.copyfile(source, target)
    for name in ("entries", "manifests"):
        if os.path.isdir(os.path.join(directory, "loader", name)):
            with open(os.path.join(directory, f"loader/{name}.list"), "w", encoding="utf-8") as f:
                f.write("\n".join(sorted(os.listdir(os.path.join(directory, "loader", name)))) + "\n")


BROKEN = "helion /helion/none.elf\n"        # tried first, as its version is higher


def pxe(t, arch, **fields):
    """A kernel that is missing, a program with an initrd that ends with a failure, and then Helion."""
    with open(os.path.join(TOP, "build", f"{arch}-gcc-debug/tests/efi/probe.efi"), "rb") as f:
        probe = f.read()
    files = {"loader/entries/zz.conf": BROKEN, "loader/loader.conf": "timeout 0\n", "probe.efi": probe, "words": b"initrd" * 1000,
             "loader/entries/zy+3.conf": "linux /probe.efi\ninitrd /words\noptions return words\n"}
    with tempfile.TemporaryDirectory(prefix="helion-pxe-") as directory:
        tree(directory, arch, files=files)
        text = t.run(timeout=240, arch=arch, disk="none", network=f"restrict=on,tftp={directory},"
                     f"bootfile=EFI/BOOT/{image.EFI_FILES[arch]}", **fields)
    t.contains(text, "loader: files are loaded from the TFTP server")
    t.contains(text, "loader: error: cannot load /helion/none.elf from helion/none.elf: not found")
    t.contains(text, "warning: the try of /loader/entries/zy+3.conf is not counted, the file cannot be renamed: write protected")
    t.contains(text, "probe: options [return words]")
    t.contains(text, "probe: initrd status 0 size 6000")
    t.contains(text, f"probe: sha256 {hashlib.sha256(files['words']).hexdigest()}")
    t.contains(text, "/probe.efi ended: not ready")
    t.contains(text, f"/helion/{arch}/initramfs.cpio: ")
    t.contains(text, "init: all checks passed")


register("x86_64-pxe", pxe, arch="x86_64")
register("aarch64-pxe", pxe, arch="aarch64", cpu="max")     # EDK2's network needs the CPU's random numbers


def pxe_secure(t, arch, **fields):
    """Under Secure Boot the signed manifests come from the server too, and what stands in none is refused."""
    with tempfile.TemporaryDirectory(prefix="helion-pxe-") as directory:
        variables = os.path.join(directory, "variables.fd")
        shutil.copyfile(keys.enrolled(t, arch), variables)
        root = os.path.join(directory, "root")
        tree(root, arch, keys=keys.directory(), tampered={"loader/entries/zz.conf": BROKEN})
        text = t.run(timeout=240, arch=arch, disk="none", secure=True, variables=variables, smp=1,
                     network=f"restrict=on,tftp={root},bootfile=EFI/BOOT/{image.EFI_FILES[arch]}", **fields)
    t.contains(text, "Secure Boot: boot entry zz.conf stands in no signed manifest, so it must not have a kernel")
    t.contains(text, "init: all checks passed")


register("x86_64-pxe-secure", pxe_secure, arch="x86_64")


def pxe_uboot(t, arch):
    """U-Boot starts the loader from a server, and has no interface to read more from there."""
    with tempfile.TemporaryDirectory(prefix="helion-pxe-") as directory:
        tree(directory, arch)
        machine = t.boot(arch=arch, firmware="uboot", disk="none",
                         network=f"restrict=on,tftp={directory},bootfile=EFI/BOOT/{image.EFI_FILES[arch]}")
        machine.wait_for(r"has neither a file system .* nor a way to load files from a server", 240)
        t.check("kernel: Helion" not in machine.text, "a kernel was started")


register("riscv64-pxe", pxe_uboot, arch="riscv64")


def pxe_fails(t):
    """The server has the loader alone; and no file that can be had is half of one."""
    with tempfile.TemporaryDirectory(prefix="helion-pxe-") as directory:
        tree(directory, "x86_64")
        os.remove(os.path.join(directory, "loader/entries.list"))
        machine = t.boot(arch="x86_64", disk="none",
                         network=f"restrict=on,tftp={directory},bootfile=EFI/BOOT/BOOTX64.EFI")
        machine.wait_for("loader: error: no boot entry: neither /loader/entries/.* nor /EFI/Linux/", 240)
        machine.wait_for("back to the firmware", 240)


register("x86_64-pxe-no-entries", pxe_fails)


class Server:
    """
    An HTTP server on a port of its own at 127.0.0.1, or another address. `behave` may answer a request itself: it returns True
    then. `wrap` makes TLS of a connection.
    """

    def __init__(self, directory, behave=lambda handler: False, address="127.0.0.1", wrap=None):
        class Listener(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in address else socket.AF_INET

            def handle_error(self, *_):     # a machine that hangs up is no news
                pass

        class Handler(http.server.SimpleHTTPRequestHandler):
            protocol_version = "HTTP/1.1" if wrap else "HTTP/1.0"

            def setup(self):
                if wrap:
                    self.request = wrap(self.request)
                super().setup()

            def __init__(self, *args):
                super().__init__(*args, directory=directory)

            def do_GET(self):
                if not behave(self):
                    super().do_GET()

            def log_message(self, *_):
                pass

        self.server = Listener((address, 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def http_machine(t, directory, server, path="EFI/BOOT/BOOTX64.EFI"):
    url = f"http://10.0.2.2:{server.port}/{path}"
    variables = os.path.join(directory, "vars.fd")
    edk2_variables.write(dependency("OVMF_VARS"), variables, url)
    return t.boot(arch="x86_64", disk="none", network="net=10.0.2.0/24", variables=variables)


def http_boot(t):
    """Also a place below the server's root, and a name that has to be escaped."""
    with tempfile.TemporaryDirectory(prefix="helion-http-") as directory:
        root = os.path.join(directory, "www/some place")
        tree(root, "x86_64", files={"loader/entries/zz.conf": BROKEN, "with%space.bin": b"module" * 1000,
                                    "words.gz": gzip.compress(b"decoded" * 1000, mtime=0)},
             entry="helion /helion/x86_64/kernel.elf\ninitrd /helion/x86_64/initramfs.cpio\n"
                   "module /with%space.bin\nmodule /words.gz\noptions verbose exit=qemu\n")
        with Server(os.path.join(directory, "www")) as server:
            machine = http_machine(t, directory, server, "some%20place/EFI/BOOT/BOOTX64.EFI")
            t.equal(machine.wait(240), 0, "status")
            text, place = machine.text, f"http://10.0.2.2:{server.port}/some%20place/"
    t.contains(text, f"loader: files are loaded from {place}")
    t.contains(text, f"loader: error: cannot load /helion/none.elf from {place}helion/none.elf: not found")
    t.contains(text, "/helion/x86_64/initramfs.cpio: ")
    t.contains(text, f"6000 bytes from {place}with%25space.bin")
    t.contains(text, "module /words.gz: 7000 bytes at ")
    t.contains(text, "init: all checks passed")


register("x86_64-http", http_boot)


def http_ipv6(t):
    """The firmware and the loader over IPv6, with an address from a server of DHCPv6."""
    mac = bytes.fromhex("525400123456")
    with tempfile.TemporaryDirectory(prefix="helion-http-") as directory, dhcp6.Server("fec0::99") as wire:
        root, variables = os.path.join(directory, "www"), os.path.join(directory, "vars.fd")
        tree(root, "x86_64", files={"loader/entries/zz.conf": BROKEN})
        try:
            server = Server(root, address="::1")
        except OSError as e:
            t.skip(f"this machine has no IPv6: {e}")
        with server:
            place = f"http://[fec0::2]:{server.port}/"
            edk2_variables.write(dependency("OVMF_VARS"), variables, place + "EFI/BOOT/BOOTX64.EFI",
                                 edk2_variables.ipv6_card(0x10, mac))
            text = t.run(timeout=400, arch="x86_64", disk="none", variables=variables, extra=(
                *wire.arguments, "-device", f"virtio-net-pci,netdev=net,romfile=,addr=0x10,mac={mac.hex(':')}"))
    t.contains(text, f"loader: files are loaded from {place}")
    t.contains(text, f"loader: error: cannot load /helion/none.elf from {place}helion/none.elf: not found")
    t.contains(text, "init: all checks passed")


register("x86_64-http-ipv6", http_ipv6)


def certificate(directory, name):
    """A certificate that vouches for itself, as a context of TLS and in DER."""
    paths = {ending: os.path.join(directory, f"{name}.{ending}") for ending in ("key", "pem", "der")}
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", paths["key"], "-out", paths["pem"],
                    "-days", "36500", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:10.0.2.2"], capture_output=True, check=True)
    subprocess.run(["openssl", "x509", "-in", paths["pem"], "-outform", "DER", "-out", paths["der"]], check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL")      # OVMF offers no exchange of keys but RSA's
    context.load_cert_chain(paths["pem"], paths["key"])
    with open(paths["der"], "rb") as f:
        return context, f.read()


def signature_list(der):
    """What OVMF takes certificates from: EFI_SIGNATURE_LIST of type EFI_CERT_X509. UEFI 2.10 §32.4.1."""
    kind, owner = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072"), uuid.UUID(int=0)
    return kind.bytes_le + struct.pack("<III", 44 + len(der), 0, 16 + len(der)) + owner.bytes_le + der


def https(t):
    """The firmware knows the server's certificate from its host. When the server has another one, nothing comes from it."""
    with tempfile.TemporaryDirectory(prefix="helion-https-") as directory:
        good, der = certificate(directory, "good")
        contexts, bad = [good], certificate(directory, "bad")[0]
        root, variables, store = (os.path.join(directory, name) for name in ("www", "vars.fd", "cacerts"))
        tree(root, "x86_64", files={"loader/entries/zz.conf": BROKEN})
        with open(store, "wb") as f:
            f.write(signature_list(der))

        def behave(handler):
            if handler.path == "/loader/entries/zz.conf":       # the last of the entries: for the next connection
                contexts.append(bad)
            return False

        def wrap(connection):
            return (contexts.pop() if len(contexts) > 1 else good).wrap_socket(connection, server_side=True)

        with Server(root, behave, wrap=wrap) as server:
            place = f"https://10.0.2.2:{server.port}/"
            edk2_variables.write(dependency("OVMF_VARS"), variables, place + "EFI/BOOT/BOOTX64.EFI")
            text = t.run(timeout=400, arch="x86_64", disk="none", network="net=10.0.2.0/24", variables=variables,
                         extra=("-fw_cfg", f"name=etc/edk2/https/cacerts,file={store}"))
    t.contains(text, f"loader: files are loaded from {place}")
    t.contains(text, f"loader: error: cannot load /helion/none.elf from {place}helion/none.elf (the firmware does not trust the server, "
               "or cannot agree with it on TLS): aborted")
    t.contains(text, "init: all checks passed")


register("x86_64-https", https)


def short(handler):
    """Promises more than comes, and closes."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b"x" * 50000)
    return True


def status(code):
    def answer(handler):
        handler.send_error(code)
        return True
    return answer


def unsized(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"x" * 1000)
    return True


def http_fails(t):
    """Each entry's initrd fails in another way; the last one's kernel is looked for when the server is gone."""
    cases = [("short", short, r"\(50000 of 100000 bytes came\)"),
             ("forbidden", status(403), r"\(the server answers with status 403\): HTTP error"),
             ("error", status(500), r"\(the server answers with status 500\): HTTP error"),
             ("unsized", unsized, r"\(the server does not say how long it is\): protocol error"),
             ("missing", status(404), ": not found")]
    answers = {f"/bad/{name}": answer for name, answer, _ in cases}
    gone = threading.Event()

    def behave(handler):
        if handler.path == "/bad/gone":
            # Nobody listens at the port any more when the loader comes again.
            threading.Thread(target=stop, args=(handler.server,), daemon=True).start()
            gone.wait(60)
            handler.close_connection = True
            return True
        return handler.path in answers and answers[handler.path](handler)

    def stop(server):
        server.shutdown()
        server.socket.close()
        gone.set()

    files = {f"loader/entries/{90 - number}.conf": f"helion /helion/x86_64/kernel.elf\ninitrd /bad/{name}\n"
             for number, (name, _, _) in enumerate(cases + [("gone", None, None)])}
    files["loader/entries/1.conf"] = "helion /helion/x86_64/kernel.elf\ninitrd /helion/x86_64/initramfs.cpio\n"
    with tempfile.TemporaryDirectory(prefix="helion-http-") as directory:
        tree(os.path.join(directory, "www"), "x86_64", files=files, remove=["loader/entries/helion-x64.conf"])
        with Server(os.path.join(directory, "www"), behave) as server:
            machine = http_machine(t, directory, server)
            for name, _, message in cases:
                machine.wait_for(f"error: cannot load /bad/{name} from http://.*/bad/{name}.*{message}", 240)
            machine.wait_for("error: cannot load /bad/gone from http://.*: ", 240)
            machine.wait_for("error: cannot load /helion/x86_64/kernel.elf from http://.*: ", 240)
            machine.wait_for("boot entry 1.conf was not started", 240)
            t.check("kernel: Helion" not in machine.text, "a kernel was started")


register("x86_64-http-fails", http_fails)
