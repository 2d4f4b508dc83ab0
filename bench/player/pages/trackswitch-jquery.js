// trackswitch wants jQuery (below 4) as a global before its own script runs.
import jQuery from 'jquery'

window.jQuery = window.$ = jQuery
