import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TcpFlag } from '../../src/net/datagram.ts'
import type { TcpSender } from '../../src/net/tcp-connection.ts'
import { ack, CLIENT, SERVER, Wire } from './tcp-wire.ts'

describe('TCP streams (RFC 9293)', () => {
  it('§3.4: both directions, from SYN to FIN', () => {
    const wire = new Wire()
      .handshake()
      .send('client', 101, 'INVITE')
      .send('server', 501, '100')
      .send('client', 107, 'x', 0x11)
    wire.send('server', 504, '', 0x11)
    expect(wire.heard).toEqual([
      'client:INVITE@4',
      'server:100@5',
      'client:x@6',
      'client:end fin@6',
      'server:end fin@7',
    ])
    expect(wire.connections).toHaveLength(1)
    expect(wire.connections[0]).toMatchObject({ client: CLIENT, server: SERVER, synSeen: true, synAckSeen: true })
  })

  it('segments out of order are delivered with the frame that filled the hole', () => {
    const wire = new Wire().handshake().send('client', 104, 'def').send('client', 107, 'ghi').send('client', 101, 'abc')
    expect(wire.heard).toEqual(['client:abc@6', 'client:def@6', 'client:ghi@6'])
  })

  it('retransmissions and keep-alives (§3.8.4) bring nothing', () => {
    const wire = new Wire().handshake().send('client', 101, 'abc').send('client', 101, 'XYZ').send('client', 103, 'X')
    wire.send('client', 103, '').send('client', 104, 'd').send('client', 100, '', TcpFlag.Syn)
    expect(wire.heard).toEqual(['client:abc@4', 'client:d@8'])
  })

  it('where segments overlap, the octets that came first count', () => {
    const wire = new Wire()
      .handshake()
      .send('client', 104, 'def')
      .send('client', 102, 'BCDEFG')
      .send('client', 101, 'Abcd')
    expect(wire.text('client')).toBe('AbcdefG'.replace('bc', 'BC'))
  })

  it('sequence numbers wrap', () => {
    const wire = new Wire().handshake(0xffff_fffd).send('client', 1, 'def').send('client', 0xffff_fffe, 'abc')
    expect(wire.text('client')).toBe('abcdef')
  })

  it('a hole is given up after ten seconds, and what lies behind keeps its own frame', () => {
    const wire = new Wire().handshake().send('client', 110, 'late').wait(9).send('server', 501, 'x')
    expect(wire.heard).toEqual(['server:x@5'])
    wire.wait(2).send('server', 502, 'y')
    expect(wire.heard.slice(1)).toEqual(['client:gap@4', 'client:late@4', 'server:y@6'])
    wire.send('client', 101, 'old').send('client', 114, '!')
    expect(wire.text('client')).toBe('late!')
    expect(wire.streams.facts).toMatchObject({
      gaps: 1,
      dropped: { tcpConnections: 0, tcpSecondsWaiting: 1 },
    })
  })

  it('a hole of a connection that fell silent is given up by the clock of the others', () => {
    const wire = new Wire().handshake().send('client', 110, 'late').wait(20.5)
    wire.send('client', 1, '', TcpFlag.Syn, 41000)
    expect(wire.heard).toEqual(['client:gap@4', 'client:late@4'])
  })

  it('a hole is given up when 64 segments or 256 KiB wait behind it', () => {
    const many = new Wire().handshake()
    for (let i = 0; i < 64; i++) many.send('client', 110 + 2 * i, 'ab')
    expect(many.text('client')).toBe('')
    many.send('client', 500, 'cd')
    expect(many.text('client')).toBe('ab'.repeat(64))
    const large = new Wire().handshake()
    for (let i = 0; i < 5; i++) large.send('client', 110 + i * 60000, 'x'.repeat(60000))
    expect(large.text('client')).toHaveLength(300000)
  })

  it('a connection joined midway starts with a gap, but not at a keep-alive', () => {
    const wire = new Wire().send('server', 7).send('server', 7, 'k').send('server', 8, 'data').send('client', 70, 'abc')
    expect(wire.heard).toEqual(['client:gap@3', 'client:data@3', 'server:gap@4', 'server:abc@4'])
    // Nothing tells who opened it: the first to be seen sending is called the client.
    expect(wire.connections[0]).toMatchObject({ client: SERVER, synSeen: false })
    expect(wire.streams.facts.gaps).toBe(0)
  })

  it('a SYN, ACK first: its receiver is the client', () => {
    const wire = new Wire().send('server', 500, '', TcpFlag.Syn | ack).send('client', 100, '', TcpFlag.Syn)
    wire.send('client', 101, 'abc').send('server', 501, 'def')
    expect(wire.heard).toEqual(['client:abc@3', 'server:def@4'])
    expect(wire.connections).toHaveLength(1)
    expect(wire.connections[0]).toMatchObject({ client: CLIENT, synSeen: true, synAckSeen: true })
  })

  it('a new SYN on the same ports is a new connection', () => {
    const wire = new Wire().handshake().send('client', 101, 'abc').send('client', 120, 'lost').handshake(90, 400)
    wire.send('client', 91, 'new').send('server', 401, 'ok')
    expect(wire.heard).toEqual([
      'client:abc@4',
      'client:gap@5',
      'client:lost@5',
      'client:end replaced@6',
      'server:end replaced@6',
      'client:new@9',
      'server:ok@10',
    ])
    expect(wire.connections).toHaveLength(2)
  })

  it('a new connection whose SYN was not captured is told by its sequence numbers', () => {
    const far = new Wire().handshake().send('client', 101, 'abc')
    for (let i = 0; i < 4; i++) far.send('client', 0x7000_0000 + 2 * i, `n${i}`)
    far.send('client', 0x7000_0008, 'n4')
    expect(far.heard.slice(1)).toEqual([
      'client:end replaced@8',
      'server:end replaced@8',
      'client:gap@8',
      'client:n3@8',
      'client:n4@9',
    ])
    const near = new Wire().handshake().send('client', 101, 'abc', 0x11)
    for (let i = 0; i < 4; i++) near.send('client', 300 + i * 2, `n${i}`).send('client', 302 + i * 2)
    expect(near.text('client')).toBe('abcn3')
  })

  it('a forged segment far outside the window disturbs nothing', () => {
    const wire = new Wire().handshake().send('client', 101, 'abc').send('client', 0x7000_0000, 'forged')
    wire.send('client', 0x7000_0000, '', TcpFlag.Rst).wait(11).send('client', 104, 'def')
    expect(wire.heard).toEqual(['client:abc@4', 'client:def@7'])
    expect(wire.connections[0].resetBy).toBeUndefined()
  })

  it('§3.5.2: a reset ends both directions', () => {
    const wire = new Wire().send('client', 100, '', TcpFlag.Syn).send('server', 0, '', TcpFlag.Rst | ack)
    expect(wire.heard).toEqual(['client:end reset@2', 'server:end reset@2'])
    expect(wire.connections[0]).toMatchObject({ synSeen: true, synAckSeen: false, resetBy: 'server' })
  })

  it('octets that the snap length cut are a gap', () => {
    const wire = new Wire().handshake().send('client', 101, 'abc', ack, CLIENT.port, 50).send('client', 151, 'def')
    wire.send('client', 164, 'jkl', ack, CLIENT.port, 40).send('client', 154, 'ghi', ack, CLIENT.port, 10)
    expect(wire.heard).toEqual([
      'client:abc@4',
      'client:gap@4',
      'client:def@5',
      'client:ghi@7',
      'client:gap@7',
      'client:jkl@7',
      'client:gap@7',
    ])
  })

  it('a FIN behind a hole waits for the hole', () => {
    const wire = new Wire().handshake().send('client', 104, 'def', 0x11).send('client', 101, 'abc')
    expect(wire.heard).toEqual(['client:abc@5', 'client:def@5', 'client:end fin@5'])
  })

  it('data in a SYN (RFC 7413) follows it', () => {
    expect(new Wire().send('client', 100, 'abc', TcpFlag.Syn).send('client', 104, 'def').text('client')).toBe('abcdef')
  })

  it('flush delivers what lies behind holes and ends all', () => {
    const wire = new Wire().handshake().send('client', 110, 'b').send('client', 130, 'c')
    wire.streams.flush()
    expect(wire.heard).toEqual([
      'client:gap@4',
      'client:b@4',
      'client:gap@5',
      'client:c@5',
      'client:end end-of-trace@5',
      'server:end end-of-trace@5',
    ])
  })

  it('whoever is not interested hears nothing more', () => {
    const wire = new Wire().handshake().send('client', 101, 'abc').send('client', 110, 'x')
    wire.connections[0].ignore()
    for (let i = 0; i < 9; i++) wire.send('client', 104 + i * 0x0200_0000, 'def')
    wire.send('server', 501, 'x', 0x11)
    expect(wire.heard).toEqual(['client:abc@4'])
    expect(wire.connections).toHaveLength(1)
    wire.handshake(9000).send('client', 9001, 'again')
    expect(wire.text('client')).toBe('abcagain')
    const none = new Wire()
    none.interested = false
    none.handshake().send('client', 101, 'abc').streams.flush()
    expect(none.heard).toEqual([])
  })

  it('the connection that was silent for longest makes room', () => {
    const wire = new Wire({ connections: 2 })
      .send('client', 1, 'aa', ack, 1)
      .send('client', 1, 'bb', ack, 2)
      .send('client', 3, 'cc', ack, 1)
    wire.send('client', 1, 'dd', ack, 3)
    expect(wire.heard.filter((line) => line.includes('end'))).toEqual(['client:end evicted@4', 'server:end evicted@4'])
    expect(wire.streams.facts).toMatchObject({ gaps: 0, dropped: { tcpConnections: 1 } })
    wire.send('client', 5, 'ee', ack, 1)
    expect(wire.connections).toHaveLength(3)
  })

  it('any order, repetition and overlap of segments delivers the same octets', () => {
    const cut = fc.tuple(fc.nat(199), fc.integer({ min: 1, max: 40 }))
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 200, maxLength: 200 }),
        fc.array(cut, { maxLength: 20 }),
        fc.nat(0xffff_ffff),
        fc.infiniteStream(fc.nat(1000)),
        (octets, extra, initial, random) => {
          const text = Buffer.from(octets).toString('latin1')
          const cover = Array.from({ length: 10 }, (_, i): [number, number] => [i * 20, 20])
          const segments = [...cover, ...extra].map((segment) => ({ segment, rank: random.next().value }))
          segments.sort((a, b) => a.rank - b.rank)
          const wire = new Wire().handshake(initial)
          for (const { segment } of segments) {
            const [from, length] = segment
            wire.send('client', initial + 1 + from, text.slice(from, from + length))
          }
          const heard: string[] = []
          for (const line of wire.heard) heard.push(line.slice('client:'.length, line.lastIndexOf('@')))
          expect(heard.join('')).toBe(text)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('any segments at all: never an exception, never more octets than were sent', () => {
    const anything = fc.record({
      sender: fc.constantFrom<TcpSender>('client', 'server'),
      sequence: fc.oneof(fc.nat(300), fc.nat(0xffff_ffff)),
      length: fc.nat(40),
      flags: fc.nat(63),
      wait: fc.constantFrom(0, 0, 0, 11),
    })
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 100 }), (segments) => {
        const wire = new Wire({ connections: 3 })
        let sent = 0
        for (const { sender, sequence, length, flags, wait } of segments) {
          wire.wait(wait).send(sender, sequence, 'x'.repeat(length), flags)
          sent += length
        }
        wire.streams.flush()
        expect(wire.text('client').length + wire.text('server').length).toBeLessThanOrEqual(sent)
        const ends = wire.heard.filter((line) => line.includes(':end ')).length
        expect(ends).toBe(wire.connections.length * 2)
      }),
      { numRuns: 500 },
    )
  })

  it('segments of an octet behind holes count for the memory that they take', () => {
    const wire = new Wire({ waiting: 10_000 }).handshake()
    for (let n = 0; n < 30; n++) wire.send('client', 200 + 2 * n, 'x')
    // Nineteen of 513 octets find room; each one more has the first hole given up.
    expect(wire.streams.facts.dropped.tcpOctetsWaitingInAll).toBe(11)
  })
})
