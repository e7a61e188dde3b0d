// SPDX-License-Identifier: Apache-2.0
import CCurlShim
import CLinux
import Glibc
import Shard

/// A descriptor of libcurl in the shard's epoll.
///
/// libcurl asks for IN and OUT in turns and lets go between two requests. Interest is therefore
/// only widened at once; what is not wanted any more stays until such an event really comes.
/// A connection that is kept alive and used in turns causes no epoll call at all.
final class CurlSocket: PollObserver {
    let descriptor: Int32
    /// Whether it is a connection, of which libcurl tells the end. Others (the resolver's pair) it
    /// closes by itself.
    let isConnection: Bool
    private let poll: EventPoll
    private unowned var multi: CurlMulti
    private var registration: PollRegistration?
    private var watched: PollEvents = []
    private var wanted: PollEvents = []

    init(_ descriptor: Int32, isConnection: Bool, poll: EventPoll, multi: CurlMulti) {
        self.descriptor = descriptor
        self.isConnection = isConnection
        self.poll = poll
        self.multi = multi
    }

    /// Takes libcurl's wish, one of `CURL_POLL_IN`, `OUT`, `INOUT`.
    func watch(_ events: PollEvents, for multi: CurlMulti) {
        self.multi = multi
        wanted = events
        if let registration {
            guard !watched.isSuperset(of: events) else { return }
            poll.modify(registration, descriptor, events)
        } else {
            // Where the kernel has no room for it, the transfer's own deadline ends it.
            registration = try? poll.add(descriptor, events, observer: self)
        }
        watched = events
    }

    /// libcurl has no use for it now, and may come back.
    func rest() {
        wanted = []
    }

    /// Stops watching.
    func forget() {
        wanted = []
        guard let registration else { return }
        poll.remove(registration, descriptor)
        self.registration = nil
    }

    /// Stops watching a descriptor that is closed next.
    func forgetBeforeClosing() {
        if let registration { poll.removeBeforeClosing(registration) }
        registration = nil
    }

    func descriptorIsReady(_ events: PollEvents) {
        // An idle connection that the provider closed would wake the shard for ever.
        if wanted.isEmpty { return forget() }
        let relevant = events.intersection(wanted.union(.broken))
        if relevant != events, let registration {
            watched = wanted
            poll.modify(registration, descriptor, wanted)
        }
        guard !relevant.isEmpty else { return }
        var ready: Int32 = 0
        if relevant.contains(.readable) { ready |= CURL_CSELECT_IN }
        if relevant.contains(.writable) { ready |= CURL_CSELECT_OUT }
        if !relevant.isDisjoint(with: .broken) { ready |= CURL_CSELECT_ERR }
        multi.socketIsReady(descriptor, ready)
    }
}

/// The descriptors of libcurl on one shard, by number.
final class CurlSocketTable {
    private let poll: EventPoll
    private var sockets: [CurlSocket?] = []
    /// Connections opened and not yet put to use by a multi.
    private var opened: Set<Int32> = []

    init(poll: EventPoll) { self.poll = poll }

    /// libcurl's `CURLOPT_OPENSOCKETFUNCTION`.
    func open(family: Int32, type: Int32, protocol proto: Int32) -> Int32 {
        let descriptor = socket(family, type | Int32(SOCK_CLOEXEC.rawValue), proto)
        guard descriptor >= 0 else { return descriptor }
        // Whatever stands under this number is closed, since the kernel gives it out again.
        drop(descriptor)
        opened.insert(descriptor)
        return descriptor
    }

    /// libcurl's `CURLOPT_CLOSESOCKETFUNCTION`.
    func close(_ descriptor: Int32) -> Int32 {
        drop(descriptor)
        return Glibc.close(descriptor)
    }

    /// libcurl's `CURLMOPT_SOCKETFUNCTION`.
    func update(_ descriptor: Int32, _ what: Int32, for multi: CurlMulti) {
        let index = Int(descriptor)
        if what == CURL_POLL_REMOVE {
            guard index < sockets.count, let socket = sockets[index] else { return }
            if socket.isConnection { return socket.rest() }
            socket.forget()
            sockets[index] = nil
            return
        }
        var events: PollEvents = []
        if what & CURL_POLL_IN != 0 { events.insert(.readable) }
        if what & CURL_POLL_OUT != 0 { events.insert(.writable) }
        if index < sockets.count, let socket = sockets[index] {
            return socket.watch(events, for: multi)
        }
        let isConnection = opened.remove(descriptor) != nil
        let socket = CurlSocket(descriptor, isConnection: isConnection, poll: poll, multi: multi)
        while sockets.count <= index { sockets.append(nil) }
        sockets[index] = socket
        socket.watch(events, for: multi)
    }

    private func drop(_ descriptor: Int32) {
        opened.remove(descriptor)
        let index = Int(descriptor)
        guard index < sockets.count, let socket = sockets[index] else { return }
        socket.forgetBeforeClosing()
        sockets[index] = nil
    }
}
