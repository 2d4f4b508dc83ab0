// "Basic usage" and "Pre-computed waveform data" of waveform-playlist's guide: the page waits until all is loaded.
import {
  loadWaveformData,
  PauseButton,
  PlayButton,
  StopButton,
  useAudioTracks,
  usePlaylistControls,
  Waveform,
  WaveformPlaylistProvider,
} from '@waveform-playlist/browser'
import { useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'

const STEMS = ['vocals', 'drums', 'bass', 'other']
const NOTHING = []

/** Hands `seekTo` to the benchmark. */
function Controls() {
  const { seekTo } = usePlaylistControls()
  useEffect(() => {
    window.benchSeek = seekTo
  }, [seekTo])
  return (
    <div style={{ display: 'flex', gap: '0.5rem', marginBottom: '1rem' }}>
      <PlayButton />
      <PauseButton />
      <StopButton />
    </div>
  )
}

function App() {
  const [configs, setConfigs] = useState(NOTHING)
  useEffect(() => {
    Promise.all(
      STEMS.map(async (name) => ({
        name,
        src: `/song/${name}/whole.opus`,
        waveformData: await loadWaveformData(`/song/${name}/peaks.dat`),
      })),
    ).then(setConfigs)
  }, [])
  const { tracks, loading, error } = useAudioTracks(configs)

  if (error) return <div>Error: {error}</div>
  if (loading || !tracks.length) return <div>Loading tracks...</div>
  return (
    <WaveformPlaylistProvider
      tracks={tracks}
      samplesPerPixel={1024}
      waveHeight={100}
      timescale
      controls={{ show: true, width: 180 }}
    >
      <Controls />
      <Waveform />
    </WaveformPlaylistProvider>
  )
}

createRoot(document.querySelector('#player')).render(<App />)
