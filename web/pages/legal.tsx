import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { TERMS_VERSION } from '../../edge/contract/terms.ts'
import { Document } from '../components/document.tsx'
import { words } from '../text.ts'
import { type LegalSection, PRIVACY, TERMS } from './legal-texts.ts'

type LegalProps = { language: Language }

export const TermsPage = ({ language }: LegalProps) => (
  <LegalPage language={language} title={words(language)('terms')} path={paths.terms} sections={TERMS} />
)

export const PrivacyPage = ({ language }: LegalProps) => (
  <LegalPage language={language} title={words(language)('privacy')} path={paths.privacy} sections={PRIVACY} />
)

function LegalPage(
  { language, title, path, sections }: LegalProps & { title: string; path: string; sections: readonly LegalSection[] },
) {
  return (
    <Document language={language} title={title} path={path} isIndexed>
      <div class='narrow legal'>
        <h1>{title}</h1>
        <p class='muted'>
          {language === 'ko' ? '시행일' : 'In force since'} <time dateTime={TERMS_VERSION}>{TERMS_VERSION}</time>
        </p>
        {sections.map(({ heading, points }) => (
          <section key={heading.en}>
            <h2>{heading[language]}</h2>
            <ul>
              {points.map((point) => <li key={point.en}>{point[language]}</li>)}
            </ul>
          </section>
        ))}
        <p>
          <a href={paths.home}>{words(language)('toEvents')}</a>
        </p>
      </div>
    </Document>
  )
}
