# SPDX-License-Identifier: Apache-2.0
"""A cloud on loopback: a token endpoint that verifies assertions, and models behind its tokens."""

import base64
import http.server
import json
import threading
import time
import urllib.parse

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

IBM_KEY = "ibm-key/with+signs"
GEMINI = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "hello"}]},
                    "finishReason": "STOP", "index": 0}],
    "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 1, "totalTokenCount": 4}}
CLAUDE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude",
    "content": [{"type": "text", "text": "hello"}], "stop_reason": "end_turn",
    "usage": {"input_tokens": 3, "output_tokens": 1}}
OPENAI = {
    "id": "c", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"},
                 "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}}


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class TokenCloud:
    """One running cloud. `lifetime` is that of its tokens in seconds, `delay` what the token
    endpoint waits, `refusal` what it answers instead of a token."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.lifetime, self.delay, self.refusal = 3600, 0.0, None
        self.issued, self.rejected, self.shown, self.calls = {}, [], [], []
        self.lock = threading.Lock()
        cloud = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status, answer = cloud.answer(self.path, self.headers, body)
                text = json.dumps(answer).encode()
                try:
                    self.send_response(status)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
                except OSError:
                    pass  # It did not wait.

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def account(self, **changes):
        """The file of a service account, as Google hands it out."""
        private = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()).decode()
        return json.dumps({
            "type": "service_account", "project_id": "project-1", "private_key_id": "key-1",
            "private_key": private, "client_email": "robot@project-1.iam.gserviceaccount.com",
            "token_uri": f"{self.url}/token"} | changes)

    def answer(self, path, headers, body):
        if path in ("/token", "/identity/token"):
            return self.grant(path, body)
        with self.lock:
            self.calls.append((path, json.loads(body)))
            token = headers["authorization"].removeprefix("Bearer ")
            self.shown.append(token)
            if self.issued.get(token, 0) < time.time():
                self.rejected.append(token)
                return 401, {"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "no"}}
        if "/publishers/google/" in path:
            return 200, GEMINI
        return 200, CLAUDE if "/publishers/anthropic/" in path else OPENAI

    def grant(self, path, body):
        time.sleep(self.delay)
        form = dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True))
        if self.refusal:
            return self.refusal
        problem = self.ibm_problem(form) if path == "/identity/token" else self.problem(form)
        if problem:
            return 400, {"error": "invalid_grant", "error_description": problem}
        with self.lock:
            token = f"token-{len(self.issued) + 1}"
            self.issued[token] = time.time() + self.lifetime
        return 200, {"access_token": token, "expires_in": self.lifetime, "token_type": "Bearer"}

    @staticmethod
    def ibm_problem(form):
        wanted = {"grant_type": "urn:ibm:params:oauth:grant-type:apikey", "apikey": IBM_KEY}
        return None if form == wanted else "no such key"

    def problem(self, form):
        """What is wrong with a JSON Web Token, as RFC 7523 and Google have it."""
        if form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return "grant_type"
        header, claims, signature = form["assertion"].split(".")
        try:
            self.key.public_key().verify(
                decoded(signature), f"{header}.{claims}".encode(), padding.PKCS1v15(),
                hashes.SHA256())
        except InvalidSignature:
            return "signature"
        if json.loads(decoded(header)) != {"alg": "RS256", "typ": "JWT", "kid": "key-1"}:
            return "header"
        claims = json.loads(decoded(claims))
        issued, expires = claims.pop("iat"), claims.pop("exp")
        if abs(issued - time.time()) > 10 or expires - issued != 3600:
            return "times"
        return None if claims == {
            "iss": "robot@project-1.iam.gserviceaccount.com", "aud": f"{self.url}/token",
            "scope": "https://www.googleapis.com/auth/cloud-platform"} else "claims"
