"""A mail server that demands TLS and writes what it gets into a folder: mail.py PORT CERT KEY FOLDER starttls|implicit."""
import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP

port, cert, key, folder, mode = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)


class Keep:
    count = 0

    async def handle_DATA(self, server, session, envelope):
        Keep.count += 1
        path = os.path.join(folder, "%05d" % Keep.count)
        with open(path + ".part", "wb") as f:
            f.write(("X-To: %s\r\n" % ", ".join(envelope.rcpt_tos)).encode() + envelope.content)
        os.rename(path + ".part", path + ".eml")
        return "250 kept"


async def main():
    loop = asyncio.get_running_loop()
    if mode == "implicit":
        server = await loop.create_server(lambda: SMTP(Keep(), loop=loop), "127.0.0.1", int(port), ssl=context)
    else:
        server = await loop.create_server(lambda: SMTP(Keep(), tls_context=context, require_starttls=True, loop=loop), "127.0.0.1", int(port))
    await server.serve_forever()


asyncio.run(main())
