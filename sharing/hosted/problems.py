"""What can be wrong with a link, in words for whoever pasted it."""

from sharing.errors import Problem


class BadLink(Problem):
    """The text is no link that sound could be read from."""

    status, code = 422, "bad_link"
    message = "This is not a link to a file on the web. It has to begin with https:// or http://."


class Unplayable(Problem):
    """The link is understood, and its host or its kind is known not to work."""

    status, code = 422, "unplayable_host"
    message = "This host doesn't let other pages read its files. Drop the file here instead."


class Unencrypted(Problem):
    """http where the page is https: browsers play nothing of that."""

    status, code = 422, "unencrypted"
    message = (
        "This link begins with http:// and can't be played here: browsers forbid it in a page that is encrypted. "
        "Keep a copy on this server, or find an https:// link."
    )


class FetchProblem(Problem):
    """A link could not be fetched. What others should never learn of this server's network isn't told."""

    status, code = 422, "unreachable"
    message = "This address doesn't answer. Check the link, or try again later."


class LookupFailed(FetchProblem):
    """No name server could say whether there is such a host."""

    message = "The name of this host can't be looked up right now. Try again in a minute."


class RefusedAddress(FetchProblem):
    """The name leads into a network that strangers must not reach through this server."""

    code = "refused_address"
    message = (
        "This link leads into a private network, which this server doesn't fetch from. "
        "Drop the file here instead; whoever runs this server can also allow that network."
    )


class NameUnknown(FetchProblem):
    """DNS doesn't know the host."""

    code = "dns"
    message = "There is no host of this name. Check the link for a typing mistake."


class TlsFailed(FetchProblem):
    """The certificate can't be trusted, or no encryption could be agreed on."""

    code = "tls"
    message = "This host's certificate can't be trusted, so browsers won't play from it either."


class NotThere(FetchProblem):
    """404 or 410."""

    code = "not_found"
    message = "There is no file at this link (any more). Check that you copied all of it."


class LoginNeeded(FetchProblem):
    """401 or 403."""

    code = "forbidden"
    message = (
        "This host doesn't give out the file: it needs a login, or its link has run out. "
        "Make it readable for everyone who has the link."
    )


class HostTrouble(FetchProblem):
    """The host answered with an error of its own."""

    code = "host_error"
    message = "This host answers with an error. Try again later."


class Redirected(FetchProblem):
    """Too many redirects, or one that leads nowhere."""

    code = "redirects"
    message = "This link passes you on again and again without coming to a file. Use the file's own address."


class TooSlow(FetchProblem):
    """The time was over before the file was there."""

    code = "too_slow"
    message = "This host is too slow, or doesn't answer in time. Try again, or drop the file here instead."


class TooMuch(FetchProblem):
    """The file is larger than what is taken, or never ends."""

    code = "too_large"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"The file at this link is too large: at most {most / 1e6:,.0f} MB are taken here.",
            detail={"max_bytes": most},
        )


class BrokenOff(FetchProblem):
    """The connection ended before all of the file was there."""

    code = "interrupted"
    message = "The connection to this host broke off before all of the file was there. Please try again."


class BadAnswer(FetchProblem):
    """What came back is no answer to what was asked."""

    code = "bad_answer"
    message = "This host's answer can't be understood. Drop the file here instead."


class WebPage(FetchProblem):
    """HTML came where sound was expected."""

    code = "not_audio"
    message = (
        "This link opens a web page, not a sound file (or one that needs a login first). "
        "Copy the address of the file itself, often behind a button to download it."
    )


class NotSound(FetchProblem):
    """Something else than sound came."""

    code = "not_audio"
    message = (
        "The file at this link is not a kind of sound we can read. Use WAV, FLAC, MP3, M4A, Ogg or Opus."
    )
