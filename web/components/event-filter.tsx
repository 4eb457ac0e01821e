import type { ComponentChildren } from 'preact'
import { type EventFilter, GENRES, isFiltered, LISTED_STATUSES, REGIONS } from '../../edge/contract/event-filters.ts'
import type { Language, Text } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { GENRE_NAMES, REGION_NAMES, STATUS_FILTER_NAMES } from '../filter-texts.ts'
import { type TextName, words } from '../text.ts'

type EventFilterProps = {
  language: Language
  filter: EventFilter
  /** The form that the fields belong to, by its id: the header's search, or one of their own. `action`: the page that it requests. */
  form: 'search' | 'filter'
  action: string
  /** The part of the page that a change refreshes, by its id. */
  target: string
}

/** The filter of a list of events. A change refreshes the list; without scripts, the button does. */
export function EventFilterFields({ language, filter, form, action, target }: EventFilterProps) {
  const word = words(language)
  return (
    <div
      class='filter'
      hx-get={action}
      hx-trigger='change'
      hx-include={form === 'search' ? '.filter, #search' : '.filter'}
      hx-target={`#${target}`}
      hx-swap='outerHTML'
      hx-replace-url='true'
      hx-sync='this:replace'
    >
      <fieldset class='genres'>
        <legend class='visually-hidden'>{word('genre')}</legend>
        <GenreChoice form={form} value='' isChecked={filter.genre === undefined}>{word('anyGenre')}</GenreChoice>
        {GENRES.map((genre) => (
          <GenreChoice key={genre} form={form} value={genre} isChecked={genre === filter.genre}>
            {GENRE_NAMES[genre][language]}
          </GenreChoice>
        ))}
      </fieldset>
      <details class='filter-more' open={isFiltered({ ...filter, genre: undefined })}>
        <summary>{word('filter')}</summary>
        <div class='filter-fields'>
          <Select
            language={language}
            form={form}
            name='region'
            label='region'
            none='anyRegion'
            value={filter.region}
            names={REGION_NAMES}
            options={REGIONS}
          />
          <Select
            language={language}
            form={form}
            name='status'
            label='status'
            none='anyStatus'
            value={filter.status}
            names={STATUS_FILTER_NAMES}
            options={LISTED_STATUSES}
          />
          <Day form={form} name='from' label={word('dateFrom')} value={filter.from} />
          <Day form={form} name='to' label={word('dateTo')} value={filter.to} />
          <button class='button secondary' type='submit' form={form}>{word('applyFilter')}</button>
        </div>
      </details>
    </div>
  )
}

type GenreChoiceProps = { form: string; value: string; isChecked: boolean; children: ComponentChildren }

function GenreChoice({ form, value, isChecked, children }: GenreChoiceProps) {
  return (
    <label class='genre'>
      <input type='radio' name='genre' form={form} value={value} checked={isChecked} />
      <span>{children}</span>
    </label>
  )
}

type SelectProps<Option extends string> = {
  language: Language
  form: string
  name: string
  label: TextName
  none: TextName
  value: Option | undefined
  names: Record<Option, Text>
  options: readonly Option[]
}

function Select<Option extends string>({ language, form, name, label, none, value, names, options }: SelectProps<Option>) {
  const id = `filter-${name}`
  return (
    <div>
      <label for={id}>{words(language)(label)}</label>
      <select id={id} name={name} form={form}>
        <option value=''>{words(language)(none)}</option>
        {options.map((option) => (
          <option key={option} value={option} selected={option === value}>{names[option][language]}</option>
        ))}
      </select>
    </div>
  )
}

function Day({ form, name, label, value }: { form: string; name: string; label: string; value: string | undefined }) {
  const id = `filter-${name}`
  return (
    <div>
      <label for={id}>{label}</label>
      <input id={id} type='date' name={name} form={form} value={value} />
    </div>
  )
}

/** A way back to the whole list, while it is filtered. */
export function ClearFilter({ language, filter, to = paths.home }: { language: Language; filter: EventFilter; to?: string }) {
  return isFiltered(filter) ? <a class='clear-filter' href={to}>{words(language)('clearFilter')}</a> : null
}
